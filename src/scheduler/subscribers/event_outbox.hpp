#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/common/notifier.hpp"
#include "scheduler/common/persistent_queue.hpp"

namespace quantum::scheduler {

/// The active jobs, for a subscriber that has just come: what follows in the outbox changes them.
struct Welcome {
    SubscriptionId subscriber{};
    std::vector<JobRef> jobs;
};

using OutgoingEvent = std::variant<SchedulerEvent, Welcome>;

/// Events on their way to subscribers, from ExecutionBroadcaster and ExternalRuns to EventFeed, and
/// newcomers on their way back.
///
/// Outlives the stages. Costs one relaxed load a plan while nobody subscribes. Thread-safety: may
/// be used from any thread.
class EventOutbox {
public:
    /// False: nobody subscribes, and nothing needs to be put.
    [[nodiscard]] bool is_wanted() const {
        return subscribers_.load(std::memory_order_relaxed) > 0;
    }

    // Called by whom it concerns; no-ops if nobody subscribes.
    void put_started(std::span<const Execution> executions);
    void put_stop(const Execution& execution, StopSignal signal);
    /// `before`, `now`: null if the job was, or is, not active.
    void put_job(const JobRef& before, const JobRef& now);
    /// Called by ExecutionBroadcaster, in the order in which it tells of changes.
    void put_welcome(Welcome welcome);
    [[nodiscard]] std::vector<SubscriptionId> take_newcomers() { return newcomers_.take(); }
    [[nodiscard]] bool has_newcomers() const { return !newcomers_.empty(); }

    // Called by EventFeed and its queues.
    void count_subscriber(bool more) { more ? ++subscribers_ : --subscribers_; }
    void ask_for_welcome(SubscriptionId subscriber);
    [[nodiscard]] std::vector<OutgoingEvent> take() { return events_.take(); }

    Notifier to_feed;         ///< events wait
    Notifier to_broadcaster;  ///< newcomers wait

private:
    void put(std::vector<OutgoingEvent> events);

    std::atomic<std::size_t> subscribers_{0};
    PersistentQueue<OutgoingEvent> events_;
    PersistentQueue<SubscriptionId> newcomers_;
};

}  // namespace quantum::scheduler
