#include "scheduler/subscribers/external_runs.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

Outcome ended_as(OutcomeKind kind, std::string_view reason) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.reason = reason;
    return outcome;
}

}  // namespace

std::size_t ExternalRuns::Subscriber::wants() const {
    if (mutated(SchedulerMutant::demand_is_no_limit)) return asked;
    return std::min(asked, limit - std::min(limit, held));
}

void ExternalRuns::start(std::span<const Execution> executions, RunObserver& observer) {
    {
        const base::MutexLock lock(mutex_);
        observer_ = &observer;
        waiting_.insert(waiting_.end(), executions.begin(), executions.end());
    }
    to_feed.notify();
}

// What nobody has is over at once; whoever has it is told.
void ExternalRuns::stop(const ExecutionId& execution, StopSignal signal) {
    std::optional<Execution> dropped;
    std::optional<Execution> held;
    RunObserver* observer = nullptr;
    {
        const base::MutexLock lock(mutex_);
        observer = observer_;
        if (const auto found = held_.find(execution); found != held_.end()) {
            held = found->second.execution;
        }
        const auto waits = std::find_if(waiting_.begin(), waiting_.end(),
                                        [&](const Execution& one) { return one.id == execution; });
        if (!held && waits != waiting_.end()) {
            dropped = std::move(*waits);
            waiting_.erase(waits);
        }
    }
    if (held) events_.put_stop(*held, signal);
    if (dropped) {
        observer->finished(*dropped, ended_as(OutcomeKind::killed,
                                              "it was ended before a subscriber took it over"));
    }
}

Status ExternalRuns::finish(const ExecutionId& execution, Outcome outcome) {
    std::optional<Held> run;
    RunObserver* observer = nullptr;
    bool others_wait = false;
    {
        const base::MutexLock lock(mutex_);
        run = take(execution);
        if (!run) {
            return fail(ErrorCode::not_found, "execution " + execution.text() +
                                                  " is not held by a subscriber: it has "
                                                  "ended, is lost, or was not handed over");
        }
        observer = observer_;
        others_wait = !waiting_.empty();
    }
    if (!outcome.started) outcome.started = run->since;
    if (outcome.duration == Duration::zero()) {
        outcome.duration = clock_.boot_now() - *outcome.started;
    }
    observer->finished(run->execution, std::move(outcome));
    if (others_wait) to_feed.notify();
    return {};
}

void ExternalRuns::close() {
    std::vector<Held> open;
    RunObserver* observer = nullptr;
    std::deque<Execution> waiting;
    {
        const base::MutexLock lock(mutex_);
        for (auto& [id, run] : std::exchange(held_, {})) open.push_back(std::move(run));
        waiting = std::exchange(waiting_, {});
        subscribers_.clear();
        count();
        observer = observer_;
    }
    lose(open, "it was not finished when the scheduler stopped");
    for (const Execution& execution : waiting) {
        observer->finished(
            execution, ended_as(OutcomeKind::lost, "nobody took it before the scheduler stopped"));
    }
}

void ExternalRuns::subscribe(SubscriptionId subscriber, std::size_t limit) {
    const base::MutexLock lock(mutex_);
    Subscriber& added = subscribers_.emplace_back();
    added.id = subscriber;
    added.limit = limit;
}

void ExternalRuns::ask(SubscriptionId subscriber, std::size_t count_asked) {
    {
        const base::MutexLock lock(mutex_);
        Subscriber* const asking = find(subscriber);
        if (asking == nullptr) return;
        asking->asked += count_asked;
        count();
    }
    to_broadcaster.notify();
}

void ExternalRuns::cancel(SubscriptionId subscriber) {
    const base::MutexLock lock(mutex_);
    Subscriber* const gone = find(subscriber);
    if (gone == nullptr) return;
    gone->asked = 0;
    gone->is_cut_off = true;
    drop_if_idle(subscriber);
    count();
}

void ExternalRuns::note_peer(SubscriptionId subscriber, StageHandle peer) {
    const base::MutexLock lock(mutex_);
    if (Subscriber* const known = find(subscriber)) known->peer = std::move(peer);
}

void ExternalRuns::lose(SubscriptionId subscriber, std::string_view why) {
    std::vector<Held> runs;
    {
        const base::MutexLock lock(mutex_);
        runs = take_all_of(subscriber);
    }
    lose(runs, why);
}

void ExternalRuns::lose_all_of(const StageHandle& peer, std::string_view why) {
    std::vector<SubscriptionId> gone;
    {
        const base::MutexLock lock(mutex_);
        for (const Subscriber& one : subscribers_) {
            if (one.is_cut_off && one.peer == peer) gone.push_back(one.id);
        }
    }
    for (const SubscriptionId subscriber : gone) lose(subscriber, why);
}

std::vector<StageHandle> ExternalRuns::cut_off() const {
    std::vector<StageHandle> found;
    const base::MutexLock lock(mutex_);
    for (const Subscriber& one : subscribers_) {
        if (one.is_cut_off) found.push_back(one.peer);
    }
    return found;
}

std::vector<ExternalRuns::Batch> ExternalRuns::hand_out() {
    std::vector<Batch> batches;
    RunObserver* observer = nullptr;
    const BootTime now = clock_.boot_now();
    {
        const base::MutexLock lock(mutex_);
        observer = observer_;
        while (!waiting_.empty()) {
            const auto most = std::max_element(
                subscribers_.begin(), subscribers_.end(),
                [](const Subscriber& a, const Subscriber& b) { return a.wants() < b.wants(); });
            if (most == subscribers_.end() || most->wants() == 0) break;
            auto batch = std::find_if(batches.begin(), batches.end(),
                                      [&](const Batch& one) { return one.subscriber == most->id; });
            if (batch == batches.end()) batch = batches.insert(batches.end(), Batch{most->id, {}});
            --most->asked;
            ++most->held;
            const Execution& execution =
                batch->executions.emplace_back(std::move(waiting_.front()));
            held_.insert_or_assign(execution.id, Held{execution, now, most->id});
            waiting_.pop_front();
        }
        count();
    }
    for (const Batch& batch : batches) {
        for (const Execution& execution : batch.executions) observer->started(execution, now, 0);
    }
    return batches;
}

ExternalRuns::Subscriber* ExternalRuns::find(SubscriptionId id) {
    const auto found = std::find_if(subscribers_.begin(), subscribers_.end(),
                                    [id](const Subscriber& one) { return one.id == id; });
    return found == subscribers_.end() ? nullptr : &*found;
}

std::optional<ExternalRuns::Held> ExternalRuns::take(const ExecutionId& execution) {
    const auto found = held_.find(execution);
    if (found == held_.end()) return std::nullopt;
    Held run = std::move(found->second);
    held_.erase(found);
    if (Subscriber* const holder = find(run.subscriber)) --holder->held;
    drop_if_idle(run.subscriber);
    count();
    return run;
}

std::vector<ExternalRuns::Held> ExternalRuns::take_all_of(SubscriptionId subscriber) {
    std::vector<Held> runs;
    for (const auto& [id, run] : held_) {
        if (run.subscriber == subscriber) runs.push_back(run);
    }
    for (const Held& run : runs) static_cast<void>(take(run.execution.id));
    return runs;
}

void ExternalRuns::drop_if_idle(SubscriptionId subscriber) {
    std::erase_if(subscribers_, [subscriber](const Subscriber& one) {
        return one.id == subscriber && one.is_cut_off && one.held == 0;
    });
}

void ExternalRuns::count() {
    std::size_t capacity = 0;
    for (const Subscriber& one : subscribers_) capacity += one.held + one.wants();
    capacity_.store(capacity, std::memory_order_release);
}

void ExternalRuns::lose(const std::vector<Held>& runs, std::string_view why) {
    RunObserver* observer = nullptr;
    {
        const base::MutexLock lock(mutex_);
        observer = observer_;
    }
    for (const Held& run : runs) {
        if (mutated(SchedulerMutant::held_runs_stay_open)) continue;
        Outcome outcome = ended_as(OutcomeKind::lost, why);
        outcome.started = run.since;
        outcome.duration = clock_.boot_now() - run.since;
        observer->finished(run.execution, std::move(outcome));
    }
}

}  // namespace quantum::scheduler
