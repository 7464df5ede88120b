#include "quantum/testing/scripted_runner.hpp"

#include <utility>

#include "quantum/command.hpp"
#include "quantum/job.hpp"

#include "model/packed_command.hpp"
#include "simulation/mutant.hpp"

namespace quantum {

namespace {

// A command that runs for longer than it may is told to end, as its runner would do it; a function
// is the scheduler's business.
void end_at_timeout(const Job& job, Script& script) {
    const auto command = model::CommandView::of(job.task());
    if (!command || !command->common().timeout) return;
    const Duration timeout = *command->common().timeout;
    if (script.duration && *script.duration <= timeout) return;
    script.duration = timeout;
    if (script.ignores_terminate) *script.duration += command->common().kill_after;
    script.outcome = OutcomeKind::timed_out;
    script.reason = "timed out";
}

}  // namespace

ScriptedRunner::ScriptedRunner(Clock& clock) : clock_(clock) {}

ScriptedRunner::~ScriptedRunner() { abandon(); }

void ScriptedRunner::script(const std::string& job, Script script) {
    const detail::MutexLock lock(mutex_);
    scripts_.insert_or_assign(job, std::move(script));
}

void ScriptedRunner::script_others(Script script) {
    const detail::MutexLock lock(mutex_);
    others_ = std::move(script);
}

void ScriptedRunner::script_with(std::function<std::optional<Script>(const Execution&)> choose) {
    const detail::MutexLock lock(mutex_);
    choose_ = std::move(choose);
}

void ScriptedRunner::copy_scripts(const ScriptedRunner& other) {
    std::map<std::string, Script> scripts;
    Script others;
    std::function<std::optional<Script>(const Execution&)> choose;
    {
        const detail::MutexLock lock(other.mutex_);
        scripts = other.scripts_;
        others = other.others_;
        choose = other.choose_;
    }
    const detail::MutexLock lock(mutex_);
    scripts_ = std::move(scripts);
    others_ = std::move(others);
    choose_ = std::move(choose);
}

void ScriptedRunner::abandon() {
    std::map<ExecutionId, UnderWay> gone;
    {
        const detail::MutexLock lock(mutex_);
        abandoned_ = true;
        gone.swap(under_way_);
    }
    Outcome outcome;
    outcome.kind = OutcomeKind::lost;
    for (auto& [id, run] : gone) {
        if (run.timer) clock_.cancel(*run.timer);
        run.observer->finished(run.execution, outcome);
    }
}

std::vector<ScriptedRunner::Run> ScriptedRunner::runs() const {
    const detail::MutexLock lock(mutex_);
    return runs_;
}

std::vector<ScriptedRunner::Run> ScriptedRunner::runs_of(const std::string& job) const {
    const detail::MutexLock lock(mutex_);
    std::vector<Run> found;
    for (const Run& run : runs_) {
        if (run.execution.job->name() == job) found.push_back(run);
    }
    return found;
}

std::size_t ScriptedRunner::running() const {
    const detail::MutexLock lock(mutex_);
    return under_way_.size();
}

void ScriptedRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    bool abandoned = false;
    {
        const detail::MutexLock lock(mutex_);
        abandoned = abandoned_;
    }
    for (const Execution& execution : executions) {
        if (abandoned && !mutated(simulation::SimulationMutant::abandoned_goes_on)) {
            Outcome outcome;
            outcome.kind = OutcomeKind::lost;
            observer.finished(execution, std::move(outcome));
        } else {
            start_one(execution, observer);
        }
    }
}

void ScriptedRunner::start_one(const Execution& execution, RunObserver& observer) {
    Duration waits;
    {
        const detail::MutexLock lock(mutex_);
        Script script = others_;
        std::optional<Script> chosen;
        if (choose_) chosen = choose_(execution);
        if (chosen) {
            script = std::move(*chosen);
        } else if (auto own = scripts_.find(execution.job->name()); own != scripts_.end()) {
            script = own->second;
        }
        end_at_timeout(*execution.job, script);
        waits = script.waits;
        UnderWay run{execution, std::move(script), &observer, std::nullopt, std::nullopt, {}};
        run.record = runs_.size();
        runs_.push_back({execution, clock_.wall_now(), std::nullopt, std::nullopt,
                         clock_.boot_now(), std::nullopt, false});
        under_way_.insert_or_assign(execution.id, std::move(run));
    }
    if (waits <= Duration::zero()) return begin(execution.id);
    keep_timer(execution.id, clock_.wake_after(waits, [this, id = execution.id] { begin(id); }));
}

void ScriptedRunner::begin(const ExecutionId& execution) {
    std::optional<Execution> begun;
    RunObserver* observer = nullptr;
    std::optional<Duration> duration;
    const BootTime began = clock_.boot_now();
    {
        const detail::MutexLock lock(mutex_);
        const auto found = under_way_.find(execution);
        if (found == under_way_.end()) return;
        UnderWay& run = found->second;
        run.began = began;
        run.timer.reset();
        if (run.record) {
            Run& record = runs_[*run.record];
            record.started = clock_.wall_now();
            record.started_boot = began;
            record.began = true;
        }
        begun = run.execution;
        observer = run.observer;
        duration = run.script.duration;
    }
    observer->started(*begun, began, 0);
    if (!duration) return;
    keep_timer(execution,
               clock_.wake_after(*duration, [this, id = execution] { end_by_script(id); }));
}

void ScriptedRunner::keep_timer(const ExecutionId& execution, Clock::TimerId timer) {
    const detail::MutexLock lock(mutex_);
    const auto run = under_way_.find(execution);
    if (run != under_way_.end() && !run->second.timer) {
        run->second.timer = timer;
    } else {
        clock_.cancel(timer);  // it was stopped meanwhile
    }
}

void ScriptedRunner::end_by_script(const ExecutionId& execution) {
    Outcome outcome;
    {
        const detail::MutexLock lock(mutex_);
        const auto run = under_way_.find(execution);
        if (run == under_way_.end()) return;
        const Script& script = run->second.script;
        outcome.kind = script.outcome;
        outcome.exit_code = script.exit_code;
        outcome.reason = script.reason;
        outcome.result = script.result;
    }
    finish(execution, std::move(outcome));
}

void ScriptedRunner::finish_all(const Outcome& outcome) {
    std::vector<ExecutionId> running;
    {
        const detail::MutexLock lock(mutex_);
        for (const auto& [id, run] : under_way_) running.push_back(id);
    }
    for (const ExecutionId& id : running) static_cast<void>(finish(id, outcome));
}

bool ScriptedRunner::finish(const ExecutionId& execution, Outcome outcome) {
    std::optional<UnderWay> ended;
    {
        const detail::MutexLock lock(mutex_);
        const auto run = under_way_.find(execution);
        if (run == under_way_.end()) return false;
        ended = std::move(run->second);
        under_way_.erase(run);
        outcome.started = ended->began;
        if (ended->began) outcome.duration = clock_.boot_now() - *ended->began;
        if (ended->record) {
            runs_[*ended->record].ended = clock_.wall_now();
            runs_[*ended->record].ended_boot = clock_.boot_now();
            runs_[*ended->record].outcome = outcome;
        }
    }
    if (ended->timer) clock_.cancel(*ended->timer);
    for (const std::string& line : ended->script.lines) {
        ended->observer->output(ended->execution, OutputChannel::standard_output, line);
    }
    ended->observer->finished(ended->execution, std::move(outcome));
    return true;
}

void ScriptedRunner::stop(const ExecutionId& execution, StopSignal signal) {
    const detail::MutexLock lock(mutex_);
    const auto run = under_way_.find(execution);
    if (run == under_way_.end()) return;
    const bool began = run->second.began.has_value();
    const bool hears = !run->second.script.ignores_terminate ||
                       mutated(simulation::SimulationMutant::terminate_always_works);
    if (began && signal == StopSignal::terminate && !hears) return;
    Outcome outcome;
    outcome.kind = OutcomeKind::killed;
    outcome.signal = signal == StopSignal::terminate ? 15 : 9;
    outcome.reason = signal == StopSignal::terminate ? "terminated" : "killed";
    if (!began) {
        outcome.signal = 0;
        outcome.reason = "terminated before it started";
    }
    // By a timer: the caller of `stop` may hold what `finished` needs.
    if (run->second.timer) clock_.cancel(*run->second.timer);
    run->second.timer = clock_.wake_after(Duration::zero(), [this, execution, outcome] {
        static_cast<void>(finish(execution, outcome));
    });
}

}  // namespace quantum
