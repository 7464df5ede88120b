#include "simulation/simulation_world.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "simulation/mutant.hpp"

namespace quantum {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The storages end with the process, memory does not: it stands for a disk.
class Disk final : public Storage, public Ledger {
public:
    explicit Disk(std::shared_ptr<MemoryStorage> memory) : memory_(std::move(memory)) {}
    [[nodiscard]] Result<Snapshot> load() override { return memory_->load(); }
    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        return memory_->commit(batch);
    }
    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override {
        return memory_->entries(query);
    }
    [[nodiscard]] Result<Entry> entry(std::string_view prefix) const override {
        return memory_->entry(prefix);
    }
    [[nodiscard]] Result<LedgerBounds> bounds() const override { return memory_->bounds(); }

private:
    std::shared_ptr<MemoryStorage> memory_;
};

SimulationOptions with_storage(SimulationOptions options) {
    if (options.open_storage) return options;
    constexpr std::size_t everything = std::size_t{1} << 40U;
    auto memory = std::make_shared<MemoryStorage>(everything);
    memory->forget_job_history();  // the gate keeps one
    options.open_storage = [memory]() -> Result<std::unique_ptr<Storage>> {
        return std::make_unique<Disk>(memory);
    };
    return options;
}

}  // namespace

SchedulerConfig Simulation::World::config_of(std::uint64_t seed, const SimulationOptions& options) {
    SchedulerConfig config = options.config;
    config.seed = seed;
    if (options.faults.contains(SimulatedFault::stage_crash)) config.max_restarts = 1'000'000;
    return config;
}

Simulation::World::World(std::uint64_t seed, SimulationOptions options)
    : seed_(seed),
      options_(with_storage(std::move(options))),
      config_(config_of(seed, options_)),
      draw_(seed),
      plan_(options_.faults, draw_),
      clock_(options_.start),
      runtime_(draw_.word()),
      lane_(runtime_),
      own_lane_(plan_.has(SimulatedFault::storage_slow) || draw_.chance(0.5)),
      gate_(clock_, plan_) {
    clock_.settle_with([this] { work(); });
    start_process();
}

Simulation::World::~World() { end_process(); }

void Simulation::World::start_process() {
    auto opened = options_.open_storage();
    if (opened) {
        storage_ = std::move(*opened);
        gate_.stand_before(storage_.get());
    } else {
        failures_.push_back("the storage cannot be opened: " + opened.error().message);
    }
    auto runner = std::make_unique<ScriptedRunner>(clock_);
    runner->script_with([this](const Execution& execution) { return script_of(execution); });
    runners_.push_back(std::move(runner));
    SchedulerParts parts{clock_, runtime_, gate_, *runners_.back()};
    if (own_lane_) parts.storage_runtime = &lane_;
    // Each life draws ids of its own, as a process does: a clock that was set back would see the
    // ids of the life before once more.
    SchedulerConfig config = config_;
    config.seed =
        seed_ + (mutated(simulation::SimulationMutant::same_ids_each_life) ? 0 : runners_.size());
    scheduler_ = std::make_unique<Scheduler>(parts, std::move(config));
    if (const Status started = scheduler_->start(); !started) {
        failures_.push_back("the scheduler does not start: " + started.error().message);
    }
    steps_before_life_ = gate_.steps().size();
    steps_made_ = 0;
    runtime_.set_crash_probability(plan_.chance_of(SimulatedFault::stage_crash));
}

// As kill -9 does it: what is not stored is gone, nothing more gets through.
void Simulation::World::end_process() {
    runtime_.set_crash_probability(0);
    gate_.stand_before(nullptr);
    lane_.hurry();
    runners_.back()->abandon();
    scheduler_.reset();
    runtime_.run_until_idle();
    storage_.reset();
}

void Simulation::World::work() {
    if (died_) return;
    const std::uint64_t crashes = runtime_.crashes();
    while (runtime_.run_one()) {
        if (last_turn_ && runtime_.turns() >= *last_turn_) {
            die();
            break;
        }
    }
    plan_.count(SimulatedFault::stage_crash, runtime_.crashes() - crashes);
}

void Simulation::World::die() {
    last_turn_.reset();
    died_ = clock_.wall_now();
    plan_.count(SimulatedFault::process_crash);
    if (!mutated(simulation::SimulationMutant::dead_process_still_writes))
        gate_.stand_before(nullptr);
    runners_.back()->abandon();
}

void Simulation::World::come_back() {
    end_process();
    if (draw_.chance(0.5)) clock_.advance(draw_.between(seconds(1), minutes(30)));
    outages_.push_back({verify::OutageKind::restart, *died_, clock_.wall_now()});
    died_.reset();
    gate_.end_trouble();
    start_process();
    clock_.advance(Duration::zero());
}

void Simulation::World::add(std::vector<Job> jobs) {
    for (const Job& job : jobs) {
        jobs_.insert_or_assign(job.name(), job);
        deleted_.erase(job.name());
        paused_.erase(job.name());
    }
    // What becomes of it is what the storage says; the answer may be lost.
    static_cast<void>(scheduler_->add_jobs(std::move(jobs)));
    clock_.advance(Duration::zero());
}

void Simulation::World::script(const std::string& job, Script script) {
    scripts_.insert_or_assign(job, std::move(script));
}

Script Simulation::World::script_of(const Execution& execution) {
    Script script;
    if (const auto own = scripts_.find(execution.job->name()); own != scripts_.end()) {
        script = own->second;
    } else {
        script.duration = draw_.between(options_.shortest_run, options_.longest_run);
    }
    if (plan_.strikes(SimulatedFault::task_failure)) {
        script.outcome = OutcomeKind::failed;
        script.exit_code = 1;
        script.reason = "exit code 1";
    }
    if (plan_.strikes(SimulatedFault::task_hang)) {
        script.duration = draw_.between(hours(1), hours(10));
        if (draw_.chance(0.5)) script.duration.reset();
        script.ignores_terminate = draw_.chance(0.5);
    }
    return script;
}

void Simulation::World::run(Duration span) {
    // Steps of the wall clock and sleep are not to count: what passes is the boot clock's time.
    const BootTime end = clock_.boot_now() + span;
    while (clock_.boot_now() < end) {
        const Duration stride = draw_.between(seconds(1), minutes(20));
        pass(std::min(stride, end - clock_.boot_now()));
        if (clock_.boot_now() < end) disturb();
    }
}

void Simulation::World::pass(Duration stride) {
    clock_.advance(stride);
    if (died_) come_back();
}

void Simulation::World::disturb() {
    disturb_storage();
    disturb_clock();
    disturb_jobs();
    clock_.advance(Duration::zero());
    if (died_) come_back();
    // A step that the next process knows nothing of would be one that nobody can judge.
    if (!last_turn_ && step_is_noted() &&
        draw_.chance(plan_.chance_of(SimulatedFault::process_crash))) {
        last_turn_ = runtime_.turns() + static_cast<std::uint64_t>(draw_.number(1, 300));
    }
}

void Simulation::World::disturb_storage() {
    if (lane_.slow() || !plan_.strikes(SimulatedFault::storage_slow)) return;
    gate_.begin_trouble();
    lane_.slow_down();
    static_cast<void>(
        clock_.wake_after(draw_.between(milliseconds(200), minutes(3)), [this] { lane_.hurry(); }));
}

void Simulation::World::disturb_clock() {
    if (plan_.strikes(SimulatedFault::suspend)) {
        const WallTime from = clock_.wall_now();
        const Duration length = draw_.between(seconds(1), hours(2));
        outages_.push_back({verify::OutageKind::suspend, from, from + length});
        clock_.suspend(length);
    }
    if (last_turn_) return;  // see disturb()
    if (plan_.strikes(SimulatedFault::clock_forward)) {
        step_clock(SimulatedFault::clock_forward, draw_.between(seconds(3), hours(3)));
    }
    if (plan_.strikes(SimulatedFault::clock_backward)) {
        step_clock(SimulatedFault::clock_backward, -draw_.between(seconds(3), hours(3)));
    }
    if (plan_.strikes(SimulatedFault::clock_correction)) {
        const Duration size = draw_.between(hours(3) + seconds(1), hours(48));
        step_clock(SimulatedFault::clock_correction, draw_.chance(0.5) ? size : -size);
    }
}

void Simulation::World::step_clock(SimulatedFault, Duration size) {
    ++steps_made_;
    clock_.set_wall(clock_.wall_now() + size);
}

bool Simulation::World::step_is_noted() const {
    return gate_.steps().size() - steps_before_life_ >= steps_made_;
}

const Job* Simulation::World::any_job() {
    if (jobs_.empty()) return nullptr;
    auto place = jobs_.begin();
    std::advance(place, draw_.number(0, static_cast<std::int64_t>(jobs_.size()) - 1));
    return &place->second;
}

void Simulation::World::disturb_jobs() {
    const Job* job = any_job();
    if (job == nullptr) return;
    const std::string name = job->name();
    if (plan_.strikes(SimulatedFault::manual_run)) static_cast<void>(scheduler_->run_job(name));
    if (plan_.strikes(SimulatedFault::job_edited)) edit_job();
    if (plan_.strikes(SimulatedFault::job_deleted)) {
        if (deleted_.erase(name) > 0) {
            static_cast<void>(scheduler_->add_job(*job));
        } else {
            deleted_.insert(name);
            paused_.erase(name);
            static_cast<void>(scheduler_->delete_job(name));
        }
    }
    if (plan_.strikes(SimulatedFault::job_paused) && !deleted_.contains(name)) {
        if (paused_.erase(name) > 0) {
            static_cast<void>(scheduler_->activate_job(name));
        } else {
            paused_.insert(name);
            static_cast<void>(scheduler_->deactivate_job(name));
        }
    }
}

void Simulation::World::edit_job() {
    const Job& job = *any_job();
    Job edited = job;
    if (options_.edit) {
        edited = options_.edit(job, draw_.word());
    } else if (const auto& schedule = any_job()->schedule()) {
        edited.set_schedule(*schedule);
    }
    add({std::move(edited)});
}

// The last faults end: what waits is answered, what hangs is ended, what died is back.
void Simulation::World::heal() {
    plan_.heal();
    last_turn_.reset();
    if (died_) come_back();
    runtime_.set_crash_probability(0);
    lane_.hurry();
    Outcome killed;
    killed.kind = OutcomeKind::killed;
    killed.signal = 9;
    runners_.back()->finish_all(killed);
    clock_.advance(Duration::zero());
}

SimulationReport Simulation::World::finish(Duration rest) {
    heal();
    clock_.advance(rest);
    SimulationReport report;
    report.seed = seed_;
    report.problems = problems();
    const verify::History seen = history();
    report.verdict = verify::check(seen);
    report.struck = plan_.struck();
    report.runs = seen.witnesses->size();
    report.trace = runtime_.trace_hash() ^ (seen.entries.size() * 0x9e3779b97f4a7c15U);
    return report;
}

std::vector<std::string> Simulation::World::problems() {
    std::vector<std::string> found = failures_;
    if (scheduler_->state() != SchedulerState::running) {
        found.push_back("the scheduler is " + std::string(to_string(scheduler_->state())));
    } else if (const auto jobs = scheduler_->jobs(); !jobs) {
        found.push_back("the scheduler gives no answer: " + jobs.error().message);
    }
    if (!gate_.refusal().empty()) found.push_back("the storage refused: " + gate_.refusal());
    return found;
}

verify::History Simulation::World::history() const {
    verify::History history;
    history.add_changes(gate_.changes());
    history.entries = entries();
    if (const auto* ledger = dynamic_cast<const Ledger*>(storage_.get())) {
        if (const auto bounds = ledger->bounds()) history.retained_from = bounds->from;
    }
    history.steps = gate_.steps();
    history.outages = outages_;
    const auto troubles = gate_.outages();
    history.outages.insert(history.outages.end(), troubles.begin(), troubles.end());
    history.watermark = gate_.watermark();
    history.watermarks = gate_.watermarks();
    history.now = clock_.wall_now();
    if (config_.concurrency > 0) {
        history.concurrency = static_cast<std::uint32_t>(config_.concurrency);
    }
    history.witnesses.emplace();
    for (const auto& runner : runners_) {
        if (mutated(simulation::SimulationMutant::runs_of_last_life_only) &&
            runner != runners_.back())
            continue;
        add_witnesses(*runner, *history.witnesses);
    }
    return history;
}

std::vector<Entry> Simulation::World::entries() const {
    const auto* ledger = dynamic_cast<const Ledger*>(storage_.get());
    if (ledger == nullptr) return {};
    auto found = ledger->entries({.limit = std::size_t{1} << 40U});
    return found ? std::move(*found) : std::vector<Entry>{};
}

void Simulation::World::add_witnesses(const ScriptedRunner& runner,
                                      std::vector<verify::Witness>& witnesses) const {
    for (const ScriptedRunner::Run& run : runner.runs()) {
        verify::Witness witness;
        witness.id = run.execution.id;
        witness.job = run.execution.job->name();
        witness.due = run.execution.due;
        witness.pass = run.execution.pass;
        witness.kind = run.execution.kind;
        witness.attempt = run.execution.attempt;
        witness.started_wall = run.started;
        witness.started = run.started_boot;
        witness.ended = run.ended_boot;
        witnesses.push_back(std::move(witness));
    }
}

}  // namespace quantum
