#include "scheduler/executor.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

std::uint32_t cell_of(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket); }
std::uint32_t generation_of_ticket(std::uint64_t ticket) {
    return static_cast<std::uint32_t>(ticket >> 32U);
}

}  // namespace

Executor::Executor(Clock& clock, Runner& runner, TelemetryHub& hub, FinishBox& finishes)
    : clock_(clock), runner_(runner), hub_(hub), finishes_(finishes) {}

void Executor::start(std::vector<Execution> executions) {
    hand_over(std::move(executions), &Runner::start);
}

void Executor::adopt(std::vector<Execution> executions) {
    hand_over(std::move(executions), &Runner::adopt);
}

void Executor::hand_over(std::vector<Execution> executions,
                         void (Runner::*how)(std::span<const Execution>, RunObserver&)) {
    keep_new(executions);
    if (executions.empty()) return;
    std::string reason = "the runner refused";
    try {
        (runner_.*how)(executions, *this);
        return;
    } catch (const std::exception& thrown) {
        reason = thrown.what();
    } catch (...) {
        reason = "the runner threw something that is no exception";
    }
    // Which of them began is unknown; an end that still comes for one finds its entry closed.
    for (const Execution& execution : executions) {
        Outcome outcome;
        outcome.kind = OutcomeKind::lost;
        outcome.reason = reason;
        report(execution, std::move(outcome));
    }
}

// Marks what comes for the first time and drops the rest.
void Executor::keep_new(std::vector<Execution>& executions) {
    const MutexLock lock(mutex_);
    std::size_t kept = 0;
    for (std::size_t at = 0; at < executions.size(); ++at) {
        const std::uint64_t ticket = executions[at].ticket;
        const std::uint32_t cell = cell_of(ticket);
        const bool known = cell < taken_.size() && taken_[cell] == generation_of_ticket(ticket);
        if (known && !mutated(Mutant::handed_out_twice)) continue;
        take(ticket);
        if (kept != at) executions[kept] = std::move(executions[at]);
        ++kept;
    }
    executions.resize(kept);
    under_way_.fetch_add(kept, std::memory_order_acq_rel);
}

void Executor::take(std::uint64_t ticket) {
    const std::uint32_t cell = cell_of(ticket);
    if (cell >= taken_.size()) taken_.resize(std::max<std::size_t>(cell + 1U, taken_.size() * 2));
    taken_[cell] = generation_of_ticket(ticket);
}

void Executor::notify_with(std::function<void()> notify) {
    const MutexLock lock(notify_mutex_);
    notify_ = std::move(notify);
}

bool Executor::has_taken(std::uint64_t ticket) const {
    const MutexLock lock(mutex_);
    const std::uint32_t cell = cell_of(ticket);
    return cell < taken_.size() && taken_[cell] == generation_of_ticket(ticket);
}

void Executor::stop(const ExecutionId& execution, StopSignal signal) {
    runner_.stop(execution, signal);
}

void Executor::started(const Execution& execution, int pid) {
    if (!hub_.wants(TelemetryKind::job_start)) return;
    TelemetryEvent event{TelemetryKind::job_start, {}, {}, clock_.wall_now()};
    event.job = execution.job.get();
    event.execution = &execution;
    event.due = execution.due;
    event.pid = pid;
    hub_.tell(event);
}

void Executor::output(const Execution& execution, OutputChannel channel, std::string_view line) {
    if (!hub_.wants(TelemetryKind::job_output)) return;
    TelemetryEvent event{TelemetryKind::job_output, {}, {}, clock_.wall_now()};
    event.job = execution.job.get();
    event.execution = &execution;
    event.due = execution.due;
    event.channel = channel;
    event.text = line;
    hub_.tell(event);
}

void Executor::finished(const Execution& execution, Outcome outcome) {
    report(execution, std::move(outcome));
    if (under_way_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    std::shared_ptr<void> owner;  // goes last: this object may be a part of it
    const MutexLock lock(notify_mutex_);
    owner.swap(owner_);
}

void Executor::keep_while_running(std::shared_ptr<void> owner) {
    const MutexLock lock(notify_mutex_);
    if (under_way() > 0) owner_ = std::move(owner);
}

void Executor::report(const Execution& execution, Outcome outcome) {
    const WallTime now = clock_.wall_now();
    const TelemetryKind kind = outcome.kind == OutcomeKind::succeeded
                                   ? TelemetryKind::job_stop
                                   : TelemetryKind::job_exception;
    if (hub_.wants(kind)) {
        TelemetryEvent event{kind, {}, {}, now};
        event.job = execution.job.get();
        event.execution = &execution;
        event.outcome = &outcome;
        event.due = execution.due;
        event.text = outcome.reason;
        hub_.tell(event);
    }
    if (finishes_.put({static_cast<Ticket>(execution.ticket), std::move(outcome), now})) {
        const MutexLock lock(notify_mutex_);
        if (notify_) notify_();
    }
}

}  // namespace quantum::scheduler
