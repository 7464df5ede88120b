#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "quantum/detail/stage/dispatcher.hpp"
#include "quantum/detail/stage/dispatchers.hpp"
#include "quantum/detail/stage/in_port.hpp"
#include "quantum/detail/stage/out_port.hpp"
#include "quantum/detail/stage/reaction.hpp"
#include "quantum/detail/stage/ref.hpp"

namespace quantum {

/// A producer, and how to subscribe to it.
template <class In>
struct SubscribeTo {
    // NOLINTNEXTLINE(google-explicit-constructor): `.subscribe_to = {{producer}}`
    SubscribeTo(ProducerRef<In> to) : producer(std::move(to)) {}
    SubscribeTo(ProducerRef<In> to, SubscriptionOptions<In> how)
        : producer(std::move(to)), options(std::move(how)) {}

    ProducerRef<In> producer;
    SubscriptionOptions<In> options;
};

template <class Out>
struct ProducerOptions {
    /// The name under which other stages find it. Empty: none.
    std::string name = {};
    /// How events are distributed among consumers.
    DispatcherFactory<Out> dispatcher = demand_dispatcher<Out>();
    /// How many events without demand are kept. None: unlimited.
    std::optional<std::size_t> buffer_size = 10'000;
    BufferKeep buffer_keep = BufferKeep::last;
    DemandForwarding demand = DemandForwarding::forward;
};

template <class In>
struct ConsumerOptions {
    std::string name = {};
    std::vector<SubscribeTo<In>> subscribe_to{};
};

template <class In, class Out>
struct ProducerConsumerOptions {
    std::string name = {};
    std::vector<SubscribeTo<In>> subscribe_to{};
    DispatcherFactory<Out> dispatcher = demand_dispatcher<Out>();
    std::optional<std::size_t> buffer_size = std::nullopt;
    BufferKeep buffer_keep = BufferKeep::last;
    DemandForwarding demand = DemandForwarding::forward;
    /// False: events are handled as they arrive, regardless of downstream demand.
    bool wait_for_demand = true;
};

/// The base class of all stages. Derive from Producer, ProducerConsumer or Consumer.
///
/// A stage is an object whose handlers are called one at a time, in the order of its messages.
/// Handlers need no locks for the stage's own members. They may be called on different threads, one
/// after the other, and must not block for long.
///
/// In addition to the virtual handlers, a stage has overloads that are resolved by the compiler:
///
///     Reaction<Out> handle_call(Request request, From<ReplyOf<Request>> from);
///     Reaction<Out> handle_cast(Message message);
///     Reaction<Out> handle_info(Message message);
///
/// An exception that escapes a handler is a crash: the stage's object is destroyed; a supervisor
/// may create a new one, which continues with the waiting messages.
///
/// The helpers below must not be used before `init`, that is, in a constructor.
class Stage {
public:
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    virtual ~Stage() = default;

    /// Called when the stage is about to be destroyed. Events can no longer be emitted.
    virtual void terminate(const StopReason& reason) { static_cast<void>(reason); }

    /// Called when the stage hibernates: release whatever can be recreated.
    virtual void release_memory() {}

protected:
    Stage() = default;

    [[nodiscard]] StageSystem& system() const { return cell_->system(); }
    /// A reference to this stage: `self(*this)`.
    template <class S>
    [[nodiscard]] static StageRef<S> self(const S& stage) {
        return StageRef<S>(static_cast<const Stage&>(stage).cell_->shared_from_this());
    }

    /// Has `handle_down` called once when `stage` stops or crashes; at once if it is already gone.
    MonitorId monitor(const StageHandle& stage);
    void demonitor(MonitorId id, const StageHandle& stage);

private:
    template <class S>
    friend class detail::CellOf;
    template <class Out>
    friend class Producer;
    template <class In>
    friend class Consumer;
    template <class In, class Out>
    friend class ProducerConsumer;
    detail::StageCell* cell_ = nullptr;  // outlives the stage
};

/// Emits events in response to demand. See docs/reference/stages.md for every handler.
template <class Out>
class Producer : public Stage {
public:
    using InEvent = NoEvents;
    using OutEvent = Out;
    using Options = ProducerOptions<Out>;

    /// Called before the first message, on the thread that starts or restarts the stage.
    virtual InitResult init(Options& options) {
        static_cast<void>(options);
        return InitResult::started();
    }
    /// Consumers want `count` events in addition to those they asked for before. Fewer may be
    /// emitted now, and the rest later from any handler.
    virtual Reaction<Out> handle_demand(std::size_t count) = 0;
    virtual Reaction<Out> handle_subscribe(const Subscription& consumer) {
        static_cast<void>(consumer);
        return none();
    }
    virtual Reaction<Out> handle_cancel(const Subscription& consumer, const CancelReason& reason) {
        static_cast<void>(consumer);
        static_cast<void>(reason);
        return none();
    }
    virtual Reaction<Out> handle_timeout() { return none(); }
    virtual Reaction<Out> handle_down(const Down& down) {
        static_cast<void>(down);
        return none();
    }
    /// The buffer was full and dropped these. Return true to log it.
    virtual bool handle_discarded(std::span<Out> events) {
        static_cast<void>(events);
        return true;
    }

protected:
    [[nodiscard]] static Reaction<Out> none() { return Reaction<Out>(); }
    [[nodiscard]] static Reaction<Out> emit(std::vector<Out> events) {
        return Reaction<Out>(std::move(events));
    }
    [[nodiscard]] static Reaction<Out> emit_one(Out event) {
        std::vector<Out> events;
        events.push_back(std::move(event));
        return Reaction<Out>(std::move(events));
    }
    [[nodiscard]] static Reaction<Out> stop(StopReason reason = StopReason::normal()) {
        return Reaction<Out>(std::move(reason));
    }
};

/// Receives the events it asked for.
template <class In>
class Consumer : public Stage {
public:
    using InEvent = In;
    using OutEvent = NoEvents;
    using Options = ConsumerOptions<In>;

    virtual InitResult init(Options& options) {
        static_cast<void>(options);
        return InitResult::started();
    }
    virtual Reaction<> handle_events(std::vector<In> events, const Subscription& producer) = 0;
    /// This stage subscribed. Returns who asks for events: the library, or the stage's own code.
    virtual DemandMode handle_subscribed(const Subscription& producer) {
        static_cast<void>(producer);
        return DemandMode::automatic;
    }
    virtual Reaction<> handle_cancelled(const Subscription& producer, const CancelReason& reason) {
        static_cast<void>(producer);
        static_cast<void>(reason);
        return none();
    }
    virtual Reaction<> handle_timeout() { return none(); }
    virtual Reaction<> handle_down(const Down& down) {
        static_cast<void>(down);
        return none();
    }

protected:
    [[nodiscard]] static Reaction<> none() { return Reaction<>(); }
    [[nodiscard]] static Reaction<> stop(StopReason reason = StopReason::normal()) {
        return Reaction<>(std::move(reason));
    }
    SubscriptionId subscribe(const ProducerRef<In>& producer,
                             const SubscriptionOptions<In>& options = {}) {
        return port().subscribe(producer.cell(), options);
    }
    /// As ConsumerRef::resubscribe.
    SubscriptionId resubscribe(const Subscription& old, const ProducerRef<In>& producer,
                               const SubscriptionOptions<In>& options = {},
                               const StopReason& reason = StopReason::normal()) {
        return port().resubscribe(old.id, reason, producer.cell(), options);
    }
    void ask(const Subscription& producer, std::size_t count) { port().ask(producer, count); }
    void cancel(const Subscription& producer, const StopReason& reason = StopReason::normal()) {
        port().cancel(producer, reason);
    }

private:
    detail::InPort<In>& port() { return *static_cast<detail::InPort<In>*>(this->cell_->in_port()); }
};

/// Receives events and emits others. Handles no more than its own consumers have asked for.
template <class In, class Out>
class ProducerConsumer : public Stage {
public:
    using InEvent = In;
    using OutEvent = Out;
    using Options = ProducerConsumerOptions<In, Out>;

    virtual InitResult init(Options& options) {
        static_cast<void>(options);
        return InitResult::started();
    }
    virtual Reaction<Out> handle_events(std::vector<In> events, const Subscription& producer) = 0;
    virtual DemandMode handle_subscribed(const Subscription& producer) {
        static_cast<void>(producer);
        return DemandMode::automatic;
    }
    virtual Reaction<Out> handle_cancelled(const Subscription& producer,
                                           const CancelReason& reason) {
        static_cast<void>(producer);
        static_cast<void>(reason);
        return none();
    }
    virtual Reaction<Out> handle_subscribe(const Subscription& consumer) {
        static_cast<void>(consumer);
        return none();
    }
    virtual Reaction<Out> handle_cancel(const Subscription& consumer, const CancelReason& reason) {
        static_cast<void>(consumer);
        static_cast<void>(reason);
        return none();
    }
    virtual Reaction<Out> handle_timeout() { return none(); }
    virtual Reaction<Out> handle_down(const Down& down) {
        static_cast<void>(down);
        return none();
    }
    virtual bool handle_discarded(std::span<Out> events) {
        static_cast<void>(events);
        return true;
    }

protected:
    [[nodiscard]] static Reaction<Out> none() { return Reaction<Out>(); }
    [[nodiscard]] static Reaction<Out> emit(std::vector<Out> events) {
        return Reaction<Out>(std::move(events));
    }
    [[nodiscard]] static Reaction<Out> emit_one(Out event) {
        std::vector<Out> events;
        events.push_back(std::move(event));
        return Reaction<Out>(std::move(events));
    }
    [[nodiscard]] static Reaction<Out> stop(StopReason reason = StopReason::normal()) {
        return Reaction<Out>(std::move(reason));
    }
    SubscriptionId subscribe(const ProducerRef<In>& producer,
                             const SubscriptionOptions<In>& options = {}) {
        return port().subscribe(producer.cell(), options);
    }
    /// As ConsumerRef::resubscribe.
    SubscriptionId resubscribe(const Subscription& old, const ProducerRef<In>& producer,
                               const SubscriptionOptions<In>& options = {},
                               const StopReason& reason = StopReason::normal()) {
        return port().resubscribe(old.id, reason, producer.cell(), options);
    }
    void ask(const Subscription& producer, std::size_t count) { port().ask(producer, count); }
    void cancel(const Subscription& producer, const StopReason& reason = StopReason::normal()) {
        port().cancel(producer, reason);
    }

private:
    detail::InPort<In>& port() { return *static_cast<detail::InPort<In>*>(this->cell_->in_port()); }
};

}  // namespace quantum
