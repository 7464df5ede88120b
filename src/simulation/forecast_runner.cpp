#include "simulation/forecast_runner.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/job.hpp"

#include "model/packed_command.hpp"
#include "simulation/mutant.hpp"

namespace quantum::simulation {

namespace {

constexpr std::size_t worst_instants = 5;
constexpr std::size_t named_jobs = 3;

std::optional<Duration> timeout_of(const Job& job) {
    if (const auto command = model::CommandView::of(job.task());
        command && command->common().timeout) {
        return command->common().timeout;
    }
    if (const HttpRequest* request = request_of(job.task())) {
        return std::min(request->timeout, job.timeout().value_or(request->timeout));
    }
    return job.timeout();
}

// What runs for longer is told to end, and does.
ExpectedRun within_timeout(const Job& job, const ExpectedRun& expected) {
    const auto timeout = timeout_of(job);
    if (!timeout || expected.duration <= *timeout) return expected;
    return {*timeout, OutcomeKind::timed_out};
}

}  // namespace

ForecastRunner::ForecastRunner(Clock& clock, const ForecastOptions& options, Forecast& forecast)
    : clock_(clock), forecast_(forecast), open_(forecast.jobs.size()) {
    for (std::size_t job = 0; job < forecast.jobs.size(); ++job) {
        by_name_.emplace(forecast.jobs[job].name, job);
        const auto own = options.runs.find(forecast.jobs[job].name);
        expected_.push_back(own == options.runs.end() ? options.other_runs : own->second);
    }
}

std::size_t ForecastRunner::index_of(const Job& job) {
    const auto [known, added] = by_address_.try_emplace(&job, 0);
    if (added) known->second = by_name_.at(job.name());
    return known->second;
}

void ForecastRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    observer_ = &observer;
    const BootTime now = clock_.boot_now();
    if (const WallTime at = clock_.wall_now(); at != instant_.at) {
        close_instant();
        instant_.at = at;
    }
    for (const Execution& execution : executions) {
        const std::size_t job = index_of(*execution.job);
        begin(job, execution.attempt);
        observer.started(execution, now, 0);
        const ExpectedRun expected = within_timeout(*execution.job, expected_[job]);
        // Also what takes no time ends after all that begins at this instant.
        under_way_.push(
            {now + expected.duration, ++started_, job, expected.outcome, now, execution});
    }
    arm();
}

ForecastRunner::~ForecastRunner() {
    if (timer_) clock_.cancel(*timer_);
    for (; !under_way_.empty(); under_way_.pop()) {
        Outcome outcome;
        outcome.kind = OutcomeKind::lost;
        observer_->finished(under_way_.top().execution, std::move(outcome));
    }
}

void ForecastRunner::begin(std::size_t job, std::uint32_t attempt) {
    JobForecast& counts = forecast_.jobs[job];
    ++forecast_.attempts;
    ++counts.attempts;
    if (attempt == 1) {
        ++forecast_.executions;
        ++counts.executions;
    }
    if (open_[job] > 1 || (open_[job] > 0 && !mutated(SimulationMutant::overlap_not_counted))) {
        ++forecast_.overlaps;
        ++counts.overlaps;
    }
    ++running_;
    counts.peak = std::max(counts.peak, ++open_[job]);
    if (running_ > forecast_.peak) {
        forecast_.peak = running_;
        forecast_.peak_at = instant_.at;
    }
    ++instant_.starts;
    instant_.running = std::max(instant_.running, running_);
    if (instant_.jobs.size() < named_jobs + (mutated(SimulationMutant::one_more_job_named) ? 1 : 0))
        instant_.jobs.push_back(job);
}

void ForecastRunner::close_instant() {
    auto& worst = forecast_.worst;
    const auto is_worse = [](const BusyInstant& a, const BusyInstant& b) {
        return std::pair(a.starts, a.running) > std::pair(b.starts, b.running);
    };
    if (instant_.starts > 0 &&
        (worst.size() < worst_instants || is_worse(instant_, worst.back()))) {
        worst.insert(std::upper_bound(worst.begin(), worst.end(), instant_, is_worse), instant_);
        if (worst.size() > worst_instants) worst.pop_back();
    }
    instant_.starts = 0;
    instant_.running = 0;
    instant_.jobs.clear();
}

void ForecastRunner::arm() {
    if (under_way_.empty()) return;
    const BootTime next = under_way_.top().end;
    if (timer_ && timer_due_ <= next) return;
    if (timer_) clock_.cancel(*timer_);
    timer_due_ = next;
    timer_ = clock_.wake_after(next - clock_.boot_now(), [this] { end_due(); });
}

void ForecastRunner::end_due() {
    timer_.reset();
    const BootTime now = clock_.boot_now();
    while (!under_way_.empty() && under_way_.top().end <= now) {
        const UnderWay run = under_way_.top();
        under_way_.pop();
        end(run);
    }
    arm();
}

void ForecastRunner::end(const UnderWay& run) {
    --running_;
    --open_[run.job];
    Outcome outcome;
    outcome.kind = run.outcome;
    outcome.duration = clock_.boot_now() - run.began;
    if (run.outcome == OutcomeKind::timed_out) {
        ++forecast_.timed_out;
        ++forecast_.jobs[run.job].timed_out;
    }
    outcome.started = run.end - outcome.duration;
    if (run.outcome == OutcomeKind::failed) outcome.exit_code = 1;
    observer_->finished(run.execution, std::move(outcome));
}

// Extras: a run that is replaced, has timed out or is left at the end.
void ForecastRunner::stop(const ExecutionId& execution, StopSignal) {
    std::vector<UnderWay> kept;
    while (!under_way_.empty()) {
        UnderWay run = under_way_.top();
        under_way_.pop();
        if (run.execution.id == execution) {
            run.end = clock_.boot_now();
            run.outcome = OutcomeKind::killed;
        }
        kept.push_back(std::move(run));
    }
    for (UnderWay& run : kept) under_way_.push(std::move(run));
    arm();
}

}  // namespace quantum::simulation
