#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "quantum/detail/stage/cell_of.hpp"
#include "quantum/detail/stage/in_port.hpp"
#include "quantum/detail/stage/out_port.hpp"
#include "quantum/detail/stage/ref.hpp"

/// What calls through references need to know of the cell behind them.
namespace quantum::detail {

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
