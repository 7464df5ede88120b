#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/result.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/stages/stage.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/notifier.hpp"
#include "scheduler/subscribers/event_outbox.hpp"

namespace quantum::scheduler {

/// The runner of a scheduler whose executions are carried out by its subscribers.
///
/// The concurrency limit is what they have asked for, `capacity`: nothing is started beyond it, so
/// that what nobody wants stays claimed. An example with one subscriber and a demand of 2:
///
///     it subscribes          capacity 2: two runs start, are handed over, and are held
///     it asks for 2 more     capacity 2 still, for it holds as many as it may
///     it finishes one        capacity 2, one of which is held: one more starts
///     it goes                what it held is lost, capacity 0: the rest stays claimed
///
/// A run that was started for a subscriber who has gone meanwhile waits for the next one.
///
/// Outlives the stages. Thread-safety: every method may be called from any thread; those of
/// subscribers are called by ExecutionFeed on its turns. The mutex is a leaf.
class ExternalRuns final : public Runner {
public:
    ExternalRuns(Clock& clock, EventOutbox& events) : clock_(clock), events_(events) {}

    // Runner
    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

    /// How many runs may be under way at a time.
    [[nodiscard]] std::size_t capacity() const { return capacity_.load(std::memory_order_acquire); }

    /// The end of a run that a subscriber holds. Errors: `not_found`.
    [[nodiscard]] Status finish(const ExecutionId& execution, Outcome outcome);
    /// The scheduler stops: what has no end is lost.
    void close();

    // Subscribers. `limit`: how many runs one may hold.
    void subscribe(SubscriptionId subscriber, std::size_t limit);
    void ask(SubscriptionId subscriber, std::size_t count);
    /// It is sent nothing more; what it holds it keeps until it is known to be gone.
    void cancel(SubscriptionId subscriber);
    void note_peer(SubscriptionId subscriber, StageHandle peer);
    /// It is gone: what it held is lost.
    void lose(SubscriptionId subscriber, std::string_view why);
    void lose_all_of(const StageHandle& peer, std::string_view why);
    /// The stages that hold runs without being subscribed, because the feed crashed.
    [[nodiscard]] std::vector<StageHandle> cut_off() const;

    struct Batch {
        SubscriptionId subscriber{};
        std::vector<Execution> executions;
    };
    /// Gives what waits to whoever has asked for most: from then on they hold it.
    [[nodiscard]] std::vector<Batch> hand_out();

    Notifier to_feed;         ///< runs wait to be handed over
    Notifier to_broadcaster;  ///< more may be started

private:
    struct Subscriber {
        SubscriptionId id{};
        StageHandle peer{};
        std::size_t limit = 0;
        std::size_t asked = 0;  ///< and not been given
        std::size_t held = 0;
        bool is_cut_off = false;

        [[nodiscard]] std::size_t wants() const;
    };
    struct Held {
        Execution execution;
        BootTime since;
        SubscriptionId subscriber{};
    };

    [[nodiscard]] Subscriber* find(SubscriptionId id) QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] std::optional<Held> take(const ExecutionId& execution) QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] std::vector<Held> take_all_of(SubscriptionId subscriber) QUANTUM_REQUIRES(mutex_);
    void drop_if_idle(SubscriptionId subscriber) QUANTUM_REQUIRES(mutex_);
    void count() QUANTUM_REQUIRES(mutex_);
    void lose(const std::vector<Held>& runs, std::string_view why) QUANTUM_EXCLUDES(mutex_);

    Clock& clock_;
    EventOutbox& events_;
    std::atomic<std::size_t> capacity_{0};
    mutable base::Mutex mutex_;
    RunObserver* observer_ QUANTUM_GUARDED_BY(mutex_) = nullptr;  // the same for all
    std::deque<Execution> waiting_ QUANTUM_GUARDED_BY(mutex_);
    std::unordered_map<ExecutionId, Held> held_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<Subscriber> subscribers_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
