#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/in_port.hpp"
#include "quantum/detail/stage/out_port.hpp"
#include "quantum/detail/stage/ref.hpp"
#include "quantum/detail/stage/stages.hpp"

namespace quantum::detail {

/// The producing half of a cell; empty for stages that only consume.
template <class S, bool produces = Produces<S>>
class OutHalf {
protected:
    ~OutHalf() = default;
    explicit OutHalf(CellOf<S>&) {}
};

template <class S>
class OutHalf<S, true> : public OutPortHost<typename S::OutEvent> {
    using Out = typename S::OutEvent;

protected:
    ~OutHalf() = default;
    explicit OutHalf(CellOf<S>& cell) : out_(cell, *this), self_(cell) {}

    void on_demand(std::size_t count) override {
        if constexpr (Consumes<S>) {
            static_cast<void>(count);  // the number owed is the number that may be handled
            self_.in_.drain();
        } else {
            self_.react([count](S& stage) { return stage.handle_demand(count); });
        }
    }
    void on_consumer(const Subscription& consumer) override {
        self_.react([&](S& stage) { return stage.handle_subscribe(consumer); });
    }
    void on_consumer_gone(const Subscription& consumer, const CancelReason& reason) override {
        self_.react([&](S& stage) { return stage.handle_cancel(consumer, reason); });
    }
    bool on_discarded(std::span<Out> events) override {
        return self_.stage_->handle_discarded(events);
    }

    OutPort<Out> out_;

private:
    CellOf<S>& self_;
};

/// The consuming half of a cell; empty for stages that only produce.
template <class S, bool consumes = Consumes<S>>
class InHalf {
protected:
    ~InHalf() = default;
    explicit InHalf(CellOf<S>&) {}
};

template <class S>
class InHalf<S, true> : public InPortHost<typename S::InEvent> {
    using In = typename S::InEvent;

protected:
    ~InHalf() = default;
    explicit InHalf(CellOf<S>& cell) : in_(cell, *this), self_(cell) {}

    DemandMode on_subscribed(const Subscription& producer) override {
        DemandMode mode = DemandMode::automatic;
        self_.react([&](S& stage) { mode = stage.handle_subscribed(producer); });
        return mode;
    }
    void on_events(std::vector<In> events, const Subscription& producer) override {
        self_.react([&](S& stage) { return stage.handle_events(std::move(events), producer); });
    }
    void on_cancelled(const Subscription& producer, const CancelReason& reason) override {
        self_.react([&](S& stage) { return stage.handle_cancelled(producer, reason); });
    }
    [[nodiscard]] std::size_t allowance() const override {
        if constexpr (Produces<S>) {
            if (self_.waits_for_demand_) return self_.out_.owed();
        }
        return std::numeric_limits<std::size_t>::max();
    }
    void stop_with(const StopReason& reason) override {
        if constexpr (Produces<S>) {
            if (!reason.is_error()) {  // events it has made from its producer's are sent first
                self_.out_.run_after_buffered([this, reason] { self_.request_stop(reason); });
                return;
            }
        }
        self_.request_stop(reason);
    }

    InPort<In> in_;

private:
    CellOf<S>& self_;
};

/// The cell of a stage of type S, which knows its events and handlers.
template <class S>
class CellOf final : public StageCell, private OutHalf<S>, private InHalf<S> {
public:
    using Options = typename S::Options;
    using Maker = std::function<std::unique_ptr<S>()>;

    CellOf(StageSystem& system, Options options, Maker maker)
        : StageCell(system, options.name),
          OutHalf<S>(*this),
          InHalf<S>(*this),
          options_(std::move(options)),
          maker_(std::move(maker)) {}

    [[nodiscard]] void* out_port() override {
        if constexpr (Produces<S>) {
            return &this->out_;
        } else {
            return nullptr;
        }
    }
    [[nodiscard]] void* in_port() override {
        if constexpr (Consumes<S>) {
            return &this->in_;
        } else {
            return nullptr;
        }
    }

    /// Runs a handler and carries out what it returns. An exception ends the message and the stage.
    template <class Handler>
    void react(Handler&& handler) {
        if (is_stopping()) return;
        check_crash(CrashPoint::before_handler);
        if constexpr (std::is_void_v<std::invoke_result_t<Handler, S&>>) {
            handler(*stage_);
            check_crash(CrashPoint::after_handler);
            send_replies();
        } else {
            auto reaction = handler(*stage_);
            check_crash(CrashPoint::after_handler);
            apply(std::move(reaction));
        }
    }

    /// The same for the handler of a message, which must run to completion, because a reply it gave
    /// would otherwise wait.
    template <class Handler>
    void answer(Handler&& handler) {
        static_assert(!std::is_void_v<std::invoke_result_t<Handler, S&>>,
                      "handle_call, handle_cast and handle_info answer with a Reaction: none()");
        react(std::forward<Handler>(handler));
    }

    /// Runs `note` after every event currently in the stage, incoming or outgoing.
    void after_buffered(std::function<void()> note) {
        if constexpr (Produces<S> && Consumes<S>) {
            this->in_.run_behind_queue([this, note = std::move(note)]() mutable {
                this->out_.run_after_buffered(std::move(note));
            });
        } else if constexpr (Produces<S>) {
            this->out_.run_after_buffered(std::move(note));
        } else {
            this->in_.run_behind_queue(std::move(note));
        }
    }

    void on_down(const Down& down) override {
        react([&](S& stage) { return stage.handle_down(down); });
    }

private:
    friend class OutHalf<S>;
    friend class InHalf<S>;

    template <class Out>
    void apply(Reaction<Out> reaction) {
        if constexpr (!std::is_same_v<Out, NoEvents>) {
            static_assert(std::is_same_v<Out, typename S::OutEvent>,
                          "a handler answers with events of another type than its stage's");
            if (!reaction.events().empty()) {
                this->out_.emit(std::move(reaction.events()));
            }
        }
        if (reaction.stop_reason()) {
            settle(*reaction.stop_reason());
        } else {
            settle(reaction.timeout_after(), reaction.hibernates());
        }
    }

    void make_stage() override {
        stage_ = maker_();
        stage_->cell_ = this;
    }
    InitResult init_stage() override {
        Options options = options_;
        InitResult result = stage_->init(options);
        if (result.kind() != InitResult::Kind::started) return result;
        if constexpr (Produces<S>) {
            this->out_.configure(options.dispatcher, options.buffer_size, options.buffer_keep,
                                 options.demand);
            if constexpr (Consumes<S>) waits_for_demand_ = options.wait_for_demand;
        }
        if constexpr (Consumes<S>) {
            for (SubscribeTo<typename S::InEvent>& to : options.subscribe_to) {
                if (!to.producer) {
                    return InitResult::stop(StopReason::error("subscribe_to names no producer"));
                }
                if (Status sound = to.options.check(); !sound) {
                    return InitResult::stop(
                        StopReason::error("subscribe_to: " + std::move(sound).error().message));
                }
            }
            for (SubscribeTo<typename S::InEvent>& to : options.subscribe_to) {
                this->in_.subscribe(to.producer.cell(), std::move(to.options));
            }
        }
        return result;
    }
    void terminate_stage(const StopReason& reason) override { stage_->terminate(reason); }
    void destroy_stage() override { stage_.reset(); }
    void resume() override {
        if constexpr (Consumes<S>) this->in_.drain();
    }
    void cancel_subscriptions(const StopReason& reason) override {
        if constexpr (Produces<S>) {
            this->out_.cancel_all(reason);
            this->out_.drop_notes();
        }
        if constexpr (Consumes<S>) {
            this->in_.cancel_all(reason);
            this->in_.forget_actions();
        }
    }
    void drop_leftovers() override {
        if constexpr (Produces<S>) this->out_.clear();
        if constexpr (Consumes<S>) this->in_.clear();
    }
    void handle_timeout_now() override {
        react([](S& stage) { return stage.handle_timeout(); });
    }
    void release_memory_now() override {
        if constexpr (Produces<S>) this->out_.release_memory();
        react([](S& stage) { stage.release_memory(); });
    }

    Options options_;
    Maker maker_;
    std::unique_ptr<S> stage_;
    bool waits_for_demand_ = true;
};

template <class S, class Content>
struct QueuedInfo {
    void operator()(StageCell& receiver) {
        auto& cell = static_cast<CellOf<S>&>(receiver);
        cell.after_buffered([content = std::make_shared<Content>(std::move(content)), &cell] {
            cell.answer([&](S& stage) { return stage.handle_info(std::move(*content)); });
        });
    }
    Content content;
};

template <class S, class Request, class Reply>
void CallMessage<S, Request, Reply>::deliver(StageCell& receiver) {
    static_cast<CellOf<S>&>(receiver).answer(
        [this](S& stage) { return stage.handle_call(std::move(request), std::move(from)); });
}

template <class S, class Content>
void CastMessage<S, Content>::deliver(StageCell& receiver) {
    static_cast<CellOf<S>&>(receiver).answer(
        [this](S& stage) { return stage.handle_cast(std::move(content)); });
}

template <class S, class Content>
void InfoMessage<S, Content>::deliver(StageCell& receiver) {
    static_cast<CellOf<S>&>(receiver).answer(
        [this](S& stage) { return stage.handle_info(std::move(content)); });
}

}  // namespace quantum::detail

namespace quantum {

template <class S>
template <class Content>
requires detail::HandlesInfo<S, Content>
void StageRef<S>::async_info(Content content) const {
    if (cell_ == nullptr) return;
    detail::send_action(*cell_, detail::QueuedInfo<S, Content>{std::move(content)});
}

template <class S>
template <class Content>
requires detail::HandlesInfo<S, Content> Status StageRef<S>::sync_info(Content content,
                                                                       Duration timeout)
const {
    return detail::ask_cell<void>(cell_, timeout,
                                  [queued = detail::QueuedInfo<S, Content>{std::move(content)}](
                                      detail::StageCell& receiver) mutable { queued(receiver); });
}

template <class Event>
Result<std::size_t> ProducerRef<Event>::buffered_count(Duration timeout) const {
    return detail::ask_cell<std::size_t>(cell_, timeout, [](detail::StageCell& receiver) {
        return static_cast<detail::OutPort<Event>*>(receiver.out_port())->buffered();
    });
}

template <class Event>
Result<std::uint64_t> ProducerRef<Event>::discarded_count(Duration timeout) const {
    return detail::ask_cell<std::uint64_t>(cell_, timeout, [](detail::StageCell& receiver) {
        return static_cast<detail::OutPort<Event>*>(receiver.out_port())->discarded();
    });
}

template <class Event>
Result<DemandForwarding> ProducerRef<Event>::demand(Duration timeout) const {
    return detail::ask_cell<DemandForwarding>(cell_, timeout, [](detail::StageCell& receiver) {
        return static_cast<detail::OutPort<Event>*>(receiver.out_port())->forwarding();
    });
}

template <class Event>
void ProducerRef<Event>::set_demand(DemandForwarding forwarding) const {
    if (cell_ == nullptr) return;
    detail::send_action(*cell_, [forwarding](detail::StageCell& receiver) {
        static_cast<detail::OutPort<Event>*>(receiver.out_port())->set_forwarding(forwarding);
    });
}

template <class Event>
void ConsumerRef<Event>::subscribe_async(const ProducerRef<Event>& producer,
                                         const SubscriptionOptions<Event>& options) const {
    if (cell_ == nullptr || !producer) return;
    detail::send_action(*cell_, [producer, options](detail::StageCell& receiver) {
        static_cast<detail::InPort<Event>*>(receiver.in_port())
            ->subscribe(producer.cell(), options);
    });
}

template <class Event>
Result<SubscriptionId> ConsumerRef<Event>::subscribe(const ProducerRef<Event>& producer,
                                                     const SubscriptionOptions<Event>& options,
                                                     Duration timeout) const {
    if (!producer) return fail(ErrorCode::invalid_argument, "no producer to subscribe to");
    if (Status sound = options.check(); !sound) return tl::unexpected(std::move(sound).error());
    return detail::ask_cell<SubscriptionId>(
        cell_, timeout, [producer, options](detail::StageCell& receiver) {
            return static_cast<detail::InPort<Event>*>(receiver.in_port())
                ->subscribe(producer.cell(), options);
        });
}

template <class Event>
Result<SubscriptionId> ConsumerRef<Event>::resubscribe(SubscriptionId old,
                                                       const ProducerRef<Event>& producer,
                                                       const SubscriptionOptions<Event>& options,
                                                       const StopReason& reason,
                                                       Duration timeout) const {
    if (!producer) return fail(ErrorCode::invalid_argument, "no producer to subscribe to");
    if (Status sound = options.check(); !sound) return tl::unexpected(std::move(sound).error());
    return detail::ask_cell<SubscriptionId>(
        cell_, timeout, [old, reason, producer, options](detail::StageCell& receiver) {
            return static_cast<detail::InPort<Event>*>(receiver.in_port())
                ->resubscribe(old, reason, producer.cell(), options);
        });
}

template <class Event>
void ConsumerRef<Event>::resubscribe_async(SubscriptionId old, const ProducerRef<Event>& producer,
                                           const SubscriptionOptions<Event>& options,
                                           const StopReason& reason) const {
    if (cell_ == nullptr || !producer) return;
    detail::send_action(*cell_, [old, reason, producer, options](detail::StageCell& receiver) {
        static_cast<detail::InPort<Event>*>(receiver.in_port())
            ->resubscribe(old, reason, producer.cell(), options);
    });
}

template <class Event>
void ConsumerRef<Event>::cancel(SubscriptionId subscription, const StopReason& reason) const {
    if (cell_ == nullptr) return;
    detail::send_action(*cell_, [subscription, reason](detail::StageCell& receiver) {
        static_cast<detail::InPort<Event>*>(receiver.in_port())->cancel_id(subscription, reason);
    });
}

}  // namespace quantum
