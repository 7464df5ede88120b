#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "quantum/detail/stage/buffer.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/dispatcher.hpp"
#include "quantum/detail/stage/out_port_base.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum::detail {

template <class Event>
struct EventsMessage;

/// What an OutPort needs from its stage.
template <class Out>
class OutPortHost : public OutPortHostBase {
public:
    virtual bool on_discarded(std::span<Out> events) = 0;

protected:
    OutPortHost() = default;
    OutPortHost(const OutPortHost&) = default;
    OutPortHost& operator=(const OutPortHost&) = default;
    ~OutPortHost() = default;
};

/// The producing side of a stage: consumers, demand, buffer. Used only on the stage's turns.
template <class Out>
class OutPort final : public OutPortBase, public Outlet<Out> {
public:
    OutPort(StageCell& cell, OutPortHost<Out>& host) : OutPortBase(cell, host), host_(host) {}
    OutPort(const OutPort&) = delete;
    OutPort& operator=(const OutPort&) = delete;
    ~OutPort() = default;

    /// The dispatcher is set once; a restarted stage keeps it.
    void configure(const DispatcherFactory<Out>& dispatcher, std::optional<std::size_t> buffer_size,
                   BufferKeep keep, DemandForwarding forwarding) {
        if (!dispatcher) throw std::invalid_argument("options: no dispatcher");
        if (dispatcher_ == nullptr) dispatcher_ = dispatcher();
        buffer_.limit_to(buffer_size, keep);
        start_forwarding(forwarding);
    }

    void subscribe(SubscriptionId id, std::shared_ptr<StageCell> consumer,
                   const SubscriptionOptions<Out>& options) {
        if (Status accepted = dispatcher_->subscribe(id, options); !accepted) {
            refuse(id, *consumer, std::move(accepted).error());
        } else {
            accept(id, std::move(consumer));
        }
    }

    void emit(std::vector<Out> events) {
        if (events.empty()) return;
        settle_demand(events.size());
        if (buffer_.empty()) dispatch(events);
        if (!events.empty()) {
            std::vector<Out> discarded = buffer_.append(std::move(events));
            if (!discarded.empty()) {
                count_discarded(discarded.size());
                if (host_.on_discarded(discarded)) log_discarded(cell(), discarded.size());
                run_notes();
            }
        }
        refresh_later();
    }

    /// Runs `note` once everything emitted so far has been dispatched.
    void run_after_buffered(std::function<void()> note) {
        buffer_.add_note(std::move(note));
        run_notes();
    }
    [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }
    void drop_notes() { buffer_.drop_notes(); }
    void clear() {
        buffer_ = {};
        dispatcher_.reset();
    }
    void release_memory() {
        buffer_.release_memory();
        release_consumers();
        if (dispatcher_ != nullptr) dispatcher_->release_memory();
    }

    // Outlet
    void send(SubscriptionId id, std::vector<Out> events) override {
        if (events.empty()) return;
        if (StageCell* const found = consumer(id)) {
            found->template send<EventsMessage<Out>>(id, std::move(events));
        }
    }

private:
    void ask_dispatcher(SubscriptionId id, std::size_t count) override {
        dispatcher_->ask(id, count, *this);
    }
    [[nodiscard]] AnyDispatcher& any_dispatcher() override { return *dispatcher_; }

    /// Passes buffered events to the dispatcher until it accepts no more. In slices, because events
    /// that come back are expensive.
    void send_buffered(std::size_t hint) override {
        const std::size_t slice = hint < 64 ? 64 : hint;
        while (!buffer_.empty()) {
            std::vector<Out> events = buffer_.take(slice);
            dispatch(events);
            if (!events.empty()) {
                buffer_.put_back(std::move(events));
                break;
            }
        }
        run_notes();
    }

    /// Events rejected by a selector or hash leave demand for those behind them: continues until
    /// the dispatcher accepts no more.
    void dispatch(std::vector<Out>& events) {
        std::size_t before = 0;
        do {
            before = events.size();
            dispatcher_->dispatch(events, *this);
        } while (!events.empty() && events.size() < before && dispatcher_->wanted() > 0);
    }

    void run_notes() {
        while (auto note = buffer_.due_note()) dispatcher_->after_queued(std::move(*note));
    }

    OutPortHost<Out>& host_;
    std::unique_ptr<Dispatcher<Out>> dispatcher_;
    EventBuffer<Out> buffer_;
};

}  // namespace quantum::detail
