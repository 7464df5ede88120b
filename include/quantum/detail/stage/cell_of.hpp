#pragma once

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
            if (self_.enter_handler()) self_.leave(self_.stage_->handle_demand(count));
        }
    }
    void on_consumer(const Subscription& consumer) override {
        if (self_.enter_handler()) self_.leave(self_.stage_->handle_subscribe(consumer));
    }
    void on_consumer_gone(const Subscription& consumer, const CancelReason& reason) override {
        if (self_.enter_handler()) self_.leave(self_.stage_->handle_cancel(consumer, reason));
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
        if (self_.enter_handler()) {
            self_.leave(self_.stage_->handle_events(std::move(events), producer));
        }
    }
    void on_cancelled(const Subscription& producer, const CancelReason& reason) override {
        if (self_.enter_handler()) self_.leave(self_.stage_->handle_cancelled(producer, reason));
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
    /// Makes an S.
    using Maker = std::function<std::unique_ptr<Stage>()>;

    CellOf(StageSystem& system, Options options, Maker maker)
        : StageCell(system, options.name),
          OutHalf<S>(*this),
          InHalf<S>(*this),
          options_(std::move(options)),
          maker_(std::move(maker)) {}

    [[nodiscard]] OutPortBase* out_port() override {
        if constexpr (Produces<S>) {
            return &this->out_;
        } else {
            return nullptr;
        }
    }
    [[nodiscard]] InPortBase* in_port() override {
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
        if (enter_handler()) leave(stage_->handle_down(down));
    }

private:
    friend class OutHalf<S>;
    friend class InHalf<S>;

    /// The end of a handler. Without a template for each, they take half as long to compile.
    template <class Out>
    void leave(Reaction<Out> reaction) {
        check_crash(CrashPoint::after_handler);
        apply(std::move(reaction));
    }
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
        owned_ = maker_();
        owned_->cell_ = this;
        stage_ = static_cast<S*>(owned_.get());
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
    void destroy_stage() override {
        stage_ = nullptr;
        owned_.reset();
    }
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
        if (enter_handler()) leave(stage_->handle_timeout());
    }
    void release_memory_now() override {
        if constexpr (Produces<S>) this->out_.release_memory();
        react([](S& stage) { stage.release_memory(); });
    }

    Options options_;
    Maker maker_;
    std::unique_ptr<Stage> owned_;
    S* stage_ = nullptr;
    bool waits_for_demand_ = true;
};

}  // namespace quantum::detail
