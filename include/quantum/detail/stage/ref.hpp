#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "quantum/detail/stage/call.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/in_port.hpp"
#include "quantum/detail/stage/out_port.hpp"

namespace quantum {

template <class S>
class StageRef;
template <class Event>
class ConsumerSupervisorRef;

namespace detail {

template <class S>
class CellOf;
template <class S>
concept Produces = !std::same_as<typename S::OutEvent, NoEvents>;
template <class S>
concept Consumes = !std::same_as<typename S::InEvent, NoEvents>;

[[nodiscard]] Error gone(const StageCell& cell);
[[nodiscard]] Status may_wait_for(const StageCell& cell);
[[nodiscard]] Status wait_for(const StageCell& cell, CallSlot& slot, Duration timeout);
/// Waits for the reply, and takes it.
template <class Reply>
[[nodiscard]] Result<Reply> reply_of(const StageCell& cell, TypedCallSlot<Reply>& slot,
                                     Duration timeout) {
    if (Status waited = wait_for(cell, slot, timeout); !waited) {
        return tl::unexpected(std::move(waited).error());
    }
    return std::move(*slot.result);
}
void send_stop(const std::shared_ptr<StageCell>& cell, StopReason reason);

template <class S, class Request, class Reply>
struct CallMessage final : Message {
    CallMessage(Request&& r, From<Reply> f) : request(std::move(r)), from(std::move(f)) {}
    void deliver(StageCell& receiver) override;
    void refused(const StopReason& reason) override {
        from.fail({ErrorCode::unavailable, "the stage stopped: " + reason.to_string()});
    }
    Request request;
    From<Reply> from;
};

template <class S, class Content>
struct CastMessage final : Message {
    explicit CastMessage(Content&& c) : content(std::move(c)) {}
    void deliver(StageCell& receiver) override;
    Content content;
};

template <class S, class Content>
struct InfoMessage final : Message {
    explicit InfoMessage(Content&& c) : content(std::move(c)) {}
    void deliver(StageCell& receiver) override;
    Content content;
};

/// A function to run on the stage's turn, for the library's own requests to a stage.
template <class Function>
struct ActionMessage final : Message {
    explicit ActionMessage(Function f) : action(std::move(f)) {}
    void deliver(StageCell& receiver) override { action(receiver); }
    Function action;
};
template <class Function>
void send_action(StageCell& cell, Function action) {
    cell.send<ActionMessage<Function>>(std::move(action));
}

/// Runs `question` on the stage's turn and waits until it, or somebody later, replies.
template <class Answer, class Question>
Result<Answer> ask_cell_later(const std::shared_ptr<StageCell>& cell, Duration timeout,
                              Question question) {
    if (cell == nullptr) return fail(ErrorCode::unavailable, "no stage");
    if (Status allowed = may_wait_for(*cell); !allowed) {
        return tl::unexpected(std::move(allowed).error());
    }
    auto slot = std::make_shared<TypedCallSlot<Answer>>();
    From<Answer> from(std::make_shared<ReplyPort>(slot, nullptr));
    send_action(*cell, [from = std::move(from), question = std::move(question)](
                           StageCell& receiver) mutable { question(receiver, std::move(from)); });
    return reply_of(*cell, *slot, timeout);
}

/// Runs `question` on the stage's turn and waits for its result.
template <class Answer, class Question>
Result<Answer> ask_cell(const std::shared_ptr<StageCell>& cell, Duration timeout,
                        Question question) {
    return ask_cell_later<Answer>(
        cell, timeout,
        [question = std::move(question)](StageCell& receiver, From<Answer> from) mutable {
            if constexpr (std::is_void_v<Answer>) {
                question(receiver);
                from.reply();
            } else {
                from.reply(question(receiver));
            }
        });
}

template <class S, class Request, class Reply>
concept HandlesCall = requires(S& stage, Request request, From<Reply> from) {
    stage.handle_call(std::move(request), std::move(from));
};
template <class S, class Content>
concept HandlesCast = requires(S& stage, Content content) {
    stage.handle_cast(std::move(content));
};
template <class S, class Content>
concept HandlesInfo = requires(S& stage, Content content) {
    stage.handle_info(std::move(content));
};

}  // namespace detail

/// A reference to any stage that produces `Event`.
template <class Event>
class ProducerRef : public StageHandle {
public:
    ProducerRef() = default;
    template <class S>
    requires std::same_as<typename S::OutEvent, Event>
    // NOLINTNEXTLINE(google-explicit-constructor): a stage is a producer of what it produces
    ProducerRef(const StageRef<S>& stage) : StageHandle(stage.cell()) {}

    /// The number of buffered events. For errors see `StageRef::call`.
    [[nodiscard]] Result<std::size_t> buffered_count(
        Duration timeout = std::chrono::seconds(5)) const;
    /// How many events were dropped because the buffer was full, since the stage was started.
    [[nodiscard]] Result<std::uint64_t> discarded_count(
        Duration timeout = std::chrono::seconds(5)) const;
    /// Whether it holds demand back.
    [[nodiscard]] Result<DemandForwarding> demand(Duration timeout = std::chrono::seconds(5)) const;
    /// Forwards accumulated demand, or starts holding demand back.
    void set_demand(DemandForwarding forwarding) const;
};

/// A reference to any stage that consumes `Event`.
template <class Event>
class ConsumerRef : public StageHandle {
public:
    ConsumerRef() = default;
    template <class S>
    requires std::same_as<typename S::InEvent, Event>
    // NOLINTNEXTLINE(google-explicit-constructor): a stage is a consumer of what it consumes
    ConsumerRef(const StageRef<S>& stage) : StageHandle(stage.cell()) {}
    // NOLINTNEXTLINE(google-explicit-constructor): so is the supervisor of one child an event
    ConsumerRef(const ConsumerSupervisorRef<Event>& supervisor);

    /// Subscribes it to `producer`, after the messages already in its mailbox, without waiting.
    void subscribe_async(const ProducerRef<Event>& producer,
                         const SubscriptionOptions<Event>& options = {}) const;
    /// The same, but waits until it has subscribed. Errors: those of StageRef::call, and
    /// `invalid_argument` for invalid options. A producer that is gone or rejects the subscription
    /// is not an error here: the subscription then ends, and its cancel mode applies.
    [[nodiscard]] Result<SubscriptionId> subscribe(
        const ProducerRef<Event>& producer, const SubscriptionOptions<Event>& options = {},
        Duration timeout = std::chrono::seconds(5)) const;
    /// Replaces the subscription `old`, for instance to use other options. `old` is cancelled with
    /// `reason` and `handle_cancelled` is called, but its end does not stop the stage, whatever its
    /// cancel mode. If `old` no longer exists, this only subscribes.
    [[nodiscard]] Result<SubscriptionId> resubscribe(
        SubscriptionId old, const ProducerRef<Event>& producer,
        const SubscriptionOptions<Event>& options = {},
        const StopReason& reason = StopReason::normal(),
        Duration timeout = std::chrono::seconds(5)) const;
    void resubscribe_async(SubscriptionId old, const ProducerRef<Event>& producer,
                           const SubscriptionOptions<Event>& options = {},
                           const StopReason& reason = StopReason::normal()) const;
    /// Ends one of its subscriptions; events that the producer has already sent still arrive.
    void cancel(SubscriptionId subscription, const StopReason& reason = StopReason::normal()) const;
};

/// A reference to a stage of type S.
///
/// A handle that is cheap to copy and keeps nothing running. Messages from one thread or stage
/// arrive in the order they were sent. Sending to a stopped stage does nothing.
/// Thread-safety: every method may be called from any thread.
template <class S>
class StageRef : public StageHandle {
public:
    StageRef() = default;
    explicit StageRef(std::shared_ptr<detail::StageCell> cell) : StageHandle(std::move(cell)) {}

    /// Sends a request and waits for the reply.
    ///
    /// Errors: `timed_out` when the clock says that `timeout` has passed, whatever the threads of
    /// the stages are doing (0: the request is sent and not waited for); `unavailable` as soon as
    /// the stage is gone, crashes on the request or drops it, or at once if this thread must not
    /// block (the only thread of a runtime; a stage calling itself). A late reply is dropped.
    template <class Request, class Reply = ReplyOf<Request>>
    requires detail::HandlesCall<S, Request, Reply>
    [[nodiscard]] Result<Reply> call(Request request,
                                     Duration timeout = std::chrono::seconds(5)) const {
        if (cell_ == nullptr) return fail(ErrorCode::unavailable, "no stage");
        if (Status allowed = detail::may_wait_for(*cell_); !allowed) {
            return tl::unexpected(std::move(allowed).error());
        }
        auto slot = std::make_shared<detail::TypedCallSlot<Reply>>();
        post_call<Request, Reply>(std::move(request), slot);
        return detail::reply_of(*cell_, *slot, timeout);
    }

    /// Sends a request; `then` gets the reply, on whatever thread it is given. Use this where
    /// `call` must not block: in a handler, let `then` send a message to the stage.
    template <class Request, class Then, class Reply = ReplyOf<Request>>
    requires detail::HandlesCall<S, Request, Reply> && std::invocable<Then, Result<Reply>>
    void call_then(Request request, Then then) const {
        auto slot = std::make_shared<detail::TypedCallSlot<Reply>>();
        slot->then = std::move(then);
        if (cell_ == nullptr) {
            slot->fail({ErrorCode::unavailable, "no stage"});
            return;
        }
        post_call<Request, Reply>(std::move(request), slot);
    }

    /// Sends a message without a reply.
    template <class Content>
    requires detail::HandlesCast<S, Content>
    void cast(Content content) const {
        if (cell_ != nullptr) {
            cell_->template send<detail::CastMessage<S, Content>>(std::move(content));
        }
    }
    template <class Content>
    requires detail::HandlesInfo<S, Content>
    void info(Content content) const {
        if (cell_ != nullptr) {
            cell_->template send<detail::InfoMessage<S, Content>>(std::move(content));
        }
    }

    /// Sends a message to `handle_info`, behind the events that the stage has buffered by then.
    template <class Content>
    requires detail::HandlesInfo<S, Content>
    void async_info(Content content) const;
    /// The same, but waits until it is queued.
    template <class Content>
    requires detail::HandlesInfo<S, Content>
    [[nodiscard]] Status sync_info(Content content,
                                   Duration timeout = std::chrono::seconds(5)) const;

    // What its ProducerRef and ConsumerRef offer, where it is one.

    template <detail::Produces T = S>
    [[nodiscard]] Result<std::size_t> buffered_count(
        Duration timeout = std::chrono::seconds(5)) const {
        return as_producer<T>().buffered_count(timeout);
    }
    template <detail::Produces T = S>
    [[nodiscard]] Result<std::uint64_t> discarded_count(
        Duration timeout = std::chrono::seconds(5)) const {
        return as_producer<T>().discarded_count(timeout);
    }
    template <detail::Produces T = S>
    [[nodiscard]] Result<DemandForwarding> demand(
        Duration timeout = std::chrono::seconds(5)) const {
        return as_producer<T>().demand(timeout);
    }
    template <detail::Produces T = S>
    void set_demand(DemandForwarding forwarding) const {
        as_producer<T>().set_demand(forwarding);
    }

    template <detail::Consumes T = S>
    void subscribe_async(const ProducerRef<typename T::InEvent>& producer,
                         const SubscriptionOptions<typename T::InEvent>& options = {}) const {
        as_consumer<T>().subscribe_async(producer, options);
    }
    template <detail::Consumes T = S>
    [[nodiscard]] Result<SubscriptionId> subscribe(
        const ProducerRef<typename T::InEvent>& producer,
        const SubscriptionOptions<typename T::InEvent>& options = {},
        Duration timeout = std::chrono::seconds(5)) const {
        return as_consumer<T>().subscribe(producer, options, timeout);
    }
    template <detail::Consumes T = S>
    void cancel(SubscriptionId subscription,
                const StopReason& reason = StopReason::normal()) const {
        as_consumer<T>().cancel(subscription, reason);
    }

private:
    template <class T>
    [[nodiscard]] ProducerRef<typename T::OutEvent> as_producer() const {
        return *this;
    }
    template <class T>
    [[nodiscard]] ConsumerRef<typename T::InEvent> as_consumer() const {
        return *this;
    }

    template <class Request, class Reply>
    void post_call(Request&& request, std::shared_ptr<detail::CallSlot> slot) const {
        auto port = std::make_shared<detail::ReplyPort>(std::move(slot), cell_.get());
        cell_->template send<detail::CallMessage<S, Request, Reply>>(std::forward<Request>(request),
                                                                     From<Reply>(std::move(port)));
    }
};

}  // namespace quantum
