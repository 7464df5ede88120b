#include "scheduler/runs/executor.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

std::uint32_t cell_of(std::uint64_t entry_handle) {
    return static_cast<std::uint32_t>(entry_handle);
}
std::uint32_t generation_of_ticket(std::uint64_t entry_handle) {
    return static_cast<std::uint32_t>(entry_handle >> 32U);
}

std::optional<WallTime> started_at_of(const Execution& execution, const Outcome& outcome) {
    if (!outcome.started) return std::nullopt;
    return execution.wall_time(*outcome.started);
}

}  // namespace

Executor::Executor(Clock& clock, Runner& runner, TelemetryHub& hub, CompletionQueue& finishes,
                   LogRuns log)
    : clock_(clock), runner_(runner), hub_(hub), finishes_(finishes), log_(log) {}

void Executor::start(std::vector<Execution> executions) {
    hand_over(std::move(executions), [this](std::vector<Execution>&& started) {
        runner_.start_moved(std::move(started), *this);
    });
}

void Executor::adopt(std::vector<Execution> executions) {
    hand_over(std::move(executions),
              [this](std::vector<Execution>&& adopted) { runner_.adopt(adopted, *this); });
}

// `how` moves all of the executions away or, where it throws, none.
template <class How>
void Executor::hand_over(std::vector<Execution> executions, const How& how) {
    keep_new(executions);
    if (executions.empty()) return;
    std::string reason = "the runner refused";
    try {
        how(std::move(executions));
        return;
    } catch (const std::exception& thrown) {
        reason = thrown.what();
    } catch (...) {
        reason = "the runner threw something that is not a std::exception";
    }
    give_up_all(executions, reason);
}

// Which of them began is unknown; an end that still comes for one finds its entry closed.
void Executor::give_up_all(const std::vector<Execution>& executions, const std::string& reason) {
    for (const Execution& execution : executions) watch(execution.entry_handle);
    bool notifies = false;
    for (const Execution& execution : executions) {
        if (has_reported(execution.entry_handle)) {
            unwatch(execution.entry_handle);
            continue;
        }
        auto outcome = give_up(execution, reason);
        if (!outcome) continue;
        notifies |= finishes_.put({static_cast<EntryHandle>(execution.entry_handle),
                                   *std::move(outcome), clock_.wall_now()});
    }
    const base::MutexLock lock(notify_mutex_);
    if (notifies && notify_) notify_();
}

bool Executor::has_reported(std::uint64_t entry_handle) const {
    return finishes_.contains([entry_handle](const Completion& run) {
        return static_cast<std::uint64_t>(run.entry_handle) == entry_handle;
    });
}

// Marks what comes for the first time and drops the rest.
void Executor::keep_new(std::vector<Execution>& executions) {
    const base::MutexLock lock(mutex_);
    std::size_t kept = 0;
    for (std::size_t at = 0; at < executions.size(); ++at) {
        const std::uint64_t entry_handle = executions[at].entry_handle;
        const std::uint32_t cell = cell_of(entry_handle);
        const bool known =
            cell < taken_.size() && taken_[cell] == generation_of_ticket(entry_handle);
        if (known && !mutated(SchedulerMutant::handed_out_twice)) continue;
        take(entry_handle);
        if (function_timeout(*executions[at].job) && watched_.try_emplace(entry_handle).second) {
            watched_runs_.fetch_add(1, std::memory_order_relaxed);
        }
        if (kept != at) executions[kept] = std::move(executions[at]);
        ++kept;
    }
    executions.resize(kept);
    under_way_.fetch_add(kept, std::memory_order_acq_rel);
}

void Executor::take(std::uint64_t entry_handle) {
    const std::uint32_t cell = cell_of(entry_handle);
    if (cell >= taken_.size()) taken_.resize(std::max<std::size_t>(cell + 1U, taken_.size() * 2));
    taken_[cell] = generation_of_ticket(entry_handle);
}

void Executor::notify_with(std::function<void()> notify) {
    const base::MutexLock lock(notify_mutex_);
    notify_ = std::move(notify);
}

bool Executor::has_taken(std::uint64_t entry_handle) const {
    const base::MutexLock lock(mutex_);
    const std::uint32_t cell = cell_of(entry_handle);
    return cell < taken_.size() && taken_[cell] == generation_of_ticket(entry_handle);
}

void Executor::stop(const ExecutionId& execution, StopSignal signal) {
    runner_.stop(execution, signal);
}

BootTime Executor::expires_at(const Execution& execution, BootTime now) const {
    const Duration timeout = *execution.job->timeout();
    const base::MutexLock lock(mutex_);
    const auto timed = watched_.find(execution.entry_handle);
    if (timed == watched_.end() || mutated(SchedulerMutant::timeout_from_hand_over)) return now;
    return timed->second.started.value_or(now) + timeout;
}

std::optional<Executor::Expired> Executor::expire(const Execution& execution) {
    Expired expired;
    Outcome& outcome = expired.outcome;
    {
        const base::MutexLock lock(mutex_);
        const auto timed = watched_.find(execution.entry_handle);
        if (timed == watched_.end() || timed->second.is_over) return std::nullopt;
        timed->second.is_over = true;
        outcome.started = timed->second.started;
        expired.started_at = timed->second.started_at;
    }
    outcome.kind = OutcomeKind::timed_out;
    outcome.duration = *execution.job->timeout();
    outcome.reason =
        "it exceeded its timeout; functions cannot be terminated, and it may still be running";
    const WallTime now = clock_.wall_now();
    tell_end(execution, outcome, now);
    tell(TelemetryKind::job_stuck, execution, outcome, now);
    if (!mutated(SchedulerMutant::output_of_expired_lost)) {
        expired.output = runner_.output_so_far(execution.id);
    }
    runner_.stop(execution.id, StopSignal::terminate);
    return expired;
}

void Executor::watch(std::uint64_t entry_handle) {
    const base::MutexLock lock(mutex_);
    if (!watched_.try_emplace(entry_handle).second) return;
    watches_any_.store(true, std::memory_order_relaxed);
    watched_runs_.fetch_add(1, std::memory_order_relaxed);
}

void Executor::unwatch(std::uint64_t entry_handle) {
    const base::MutexLock lock(mutex_);
    watched_runs_.fetch_sub(watched_.erase(entry_handle), std::memory_order_relaxed);
}

std::optional<Outcome> Executor::give_up(const Execution& execution, std::string reason) {
    {
        const base::MutexLock lock(mutex_);
        const auto watched = watched_.find(execution.entry_handle);
        if (watched == watched_.end() || watched->second.is_over) return std::nullopt;
        watched->second.is_over = !mutated(SchedulerMutant::run_has_two_ends);
        take(execution.entry_handle);  // one that is still on its way here does not start
    }
    Outcome outcome;
    outcome.kind = OutcomeKind::lost;
    outcome.reason = std::move(reason);
    tell_end(execution, outcome, clock_.wall_now());
    return outcome;
}

void Executor::note_start(const Execution& execution, BootTime at) {
    if (watched_runs_.load(std::memory_order_relaxed) == 0) return;
    if (!function_timeout(*execution.job)) return;
    const base::MutexLock lock(mutex_);
    const auto timed = watched_.find(execution.entry_handle);
    if (timed == watched_.end()) return;
    timed->second.started = at;
    timed->second.started_at = execution.wall_time(at);
}

bool Executor::ends_now(const Execution& execution) {
    if (watched_runs_.load(std::memory_order_relaxed) == 0) return true;
    if (!watches_any_.load(std::memory_order_relaxed) && !function_timeout(*execution.job)) {
        return true;
    }
    const base::MutexLock lock(mutex_);
    const auto watched = watched_.find(execution.entry_handle);
    if (watched == watched_.end()) return true;
    const bool is_over = watched->second.is_over;
    watched_.erase(watched);
    watched_runs_.fetch_sub(1, std::memory_order_relaxed);
    return !is_over;
}

void Executor::started(const Execution& execution, BootTime at, int pid) {
    note_start(execution, at);
    log_start(execution);
    if (!hub_.wants(TelemetryKind::job_start)) return;
    TelemetryEvent event{TelemetryKind::job_start, {}, {}, clock_.wall_now()};
    event.job = execution.job.get();
    event.execution = &execution;
    event.due = execution.due;
    event.started_at = execution.wall_time(at);
    event.pid = pid;
    hub_.emit(event);
}

void Executor::output(const Execution& execution, OutputChannel channel, std::string_view line) {
    if (!hub_.wants(TelemetryKind::job_output)) return;
    TelemetryEvent event{TelemetryKind::job_output, {}, {}, clock_.wall_now()};
    event.job = execution.job.get();
    event.execution = &execution;
    event.due = execution.due;
    event.channel = channel;
    event.text = line;
    hub_.emit(event);
}

void Executor::output_left_out(const Execution& execution, std::uint64_t lines,
                               std::uint64_t bytes) {
    if (!hub_.wants(TelemetryKind::job_output_left_out)) return;
    TelemetryEvent event{TelemetryKind::job_output_left_out, {}, {}, clock_.wall_now()};
    const std::string text = std::to_string(lines) + " lines, " + std::to_string(bytes) + " bytes";
    event.job = execution.job.get();
    event.execution = &execution;
    event.due = execution.due;
    event.text = text;
    hub_.emit(event);
}

void Executor::finished(const Execution& execution, Outcome outcome) {
    report(execution, std::move(outcome), nullptr);
    count_out();
}

void Executor::finished_with_output(const Execution& execution, Outcome outcome,
                                    std::shared_ptr<const CapturedOutput> output) {
    report(execution, std::move(outcome), std::move(output));
    count_out();
}

void Executor::count_out() {
    if (under_way_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    std::shared_ptr<void> owner;  // goes last: this object may be a part of it
    const base::MutexLock lock(notify_mutex_);
    owner.swap(owner_);
}

void Executor::keep_while_running(std::shared_ptr<void> owner) {
    const base::MutexLock lock(notify_mutex_);
    if (under_way() > 0) owner_ = std::move(owner);
}

void Executor::report(const Execution& execution, Outcome&& outcome,
                      std::shared_ptr<const CapturedOutput> output) {
    const WallTime now = clock_.wall_now();
    const auto started_at = started_at_of(execution, outcome);
    if (ends_now(execution)) {
        tell_end(execution, outcome, now);
    } else if (outcome.kind != OutcomeKind::lost) {  // else its end is unknown still
        std::string how(to_string(outcome.kind));
        if (!outcome.reason.empty()) how += ": " + outcome.reason;
        outcome.reason = std::move(how);
        tell(TelemetryKind::job_late_end, execution, outcome, now);
    }
    if (finishes_.put({static_cast<EntryHandle>(execution.entry_handle), std::move(outcome), now,
                       started_at, std::move(output)})) {
        const base::MutexLock lock(notify_mutex_);
        if (notify_) notify_();
    }
}

// The only one that an attempt has.
void Executor::tell_end(const Execution& execution, const Outcome& outcome, WallTime now) {
    const bool succeeded = outcome.kind == OutcomeKind::succeeded;
    tell(succeeded ? TelemetryKind::job_stop : TelemetryKind::job_exception, execution, outcome,
         now);
    log_end(execution, outcome);
}

void Executor::tell(TelemetryKind kind, const Execution& execution, const Outcome& outcome,
                    WallTime now) {
    if (!hub_.wants(kind)) return;
    const bool is_end = kind == TelemetryKind::job_stop || kind == TelemetryKind::job_exception;
    TelemetryEvent event{kind, {}, {}, now};
    event.job = execution.job.get();
    event.execution = &execution;
    if (is_end || mutated(SchedulerMutant::stuck_has_an_outcome)) event.outcome = &outcome;
    event.started_at = started_at_of(execution, outcome);
    event.due = execution.due;
    event.text = outcome.reason;
    hub_.emit(event);
}

void Executor::log_start(const Execution& execution) {
    if (log_ != LogRuns::all || !hub_.logs()) return;
    const std::string id = execution.id.text();
    const std::string attempt = std::to_string(execution.attempt);
    const std::array fields{LogField{"job", execution.job->name()}, LogField{"execution", id},
                            LogField{"attempt", attempt}, LogField{"node", node_of(execution)}};
    hub_.log(LogLevel::debug, "a run starts", fields);
}

// What failed is an error; what went well is worth a debug line.
void Executor::log_end(const Execution& execution, const Outcome& outcome) {
    const bool succeeded = outcome.kind == OutcomeKind::succeeded;
    if (log_ == LogRuns::none || (succeeded && log_ != LogRuns::all) || !hub_.logs()) return;
    const std::string id = execution.id.text();
    const std::string attempt = std::to_string(execution.attempt);
    const std::string duration = std::to_string(outcome.duration.count());
    const std::array fields{
        LogField{"job", execution.job->name()},
        LogField{"execution", id},
        LogField{"attempt", attempt},
        LogField{"node", node_of(execution)},
        LogField{"duration_us", duration},
        LogField{"outcome", to_string(outcome.kind)},
        succeeded ? LogField{"result", outcome.result} : LogField{"reason", outcome.reason}};
    hub_.log(succeeded ? LogLevel::debug : LogLevel::error,
             succeeded ? "a run has ended" : "a run has failed", fields);
}

std::string_view Executor::node_of(const Execution& execution) const {
    return execution.node ? std::string_view(*execution.node) : hub_.node();
}

}  // namespace quantum::scheduler
