#include <algorithm>
#include <utility>

#include "quantum/detail/stage/out_port_base.hpp"

#include "stage/port_messages.hpp"

namespace quantum::detail {

OutPortBase::OutPortBase(StageCell& cell, OutPortHostBase& host) : cell_(cell), host_(host) {}
OutPortBase::~OutPortBase() = default;

StageCell* OutPortBase::consumer(SubscriptionId id) const {
    for (const Consumer& consumer : consumers_) {
        if (consumer.id == id) return consumer.cell.get();
    }
    return nullptr;
}

void OutPortBase::accept(SubscriptionId id, std::shared_ptr<StageCell> consumer) {
    const Subscription subscription{id, StageHandle(consumer)};
    consumers_.push_back({id, std::move(consumer)});
    host_.on_consumer(subscription);
    serve(0);  // a dispatcher may send without being asked
}

void OutPortBase::refuse(SubscriptionId id, StageCell& consumer, Error error) {
    consumer.send<stage::CancelledMessage>(
        id, CancelReason{false, StopReason::error(std::move(error).message)});
}

void OutPortBase::ask(SubscriptionId id, std::size_t count) {
    if (count == 0 || consumer(id) == nullptr) return;  // cancelled in the meantime
    if (forwarding_ == DemandForwarding::accumulate) {
        accumulated_.emplace_back(id, count);
        return;
    }
    ask_dispatcher(id, count);
    serve(count);
}

void OutPortBase::cancel(SubscriptionId id, const CancelReason& reason) {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                    [id](const Consumer& c) { return c.id == id; });
    if (found == consumers_.end()) return;
    const Subscription subscription{id, StageHandle(found->cell)};
    consumers_.erase(found);
    std::erase_if(accumulated_, [id](const auto& asked) { return asked.first == id; });
    any_dispatcher().cancel(id);
    if (!reason.down) subscription.peer.cell()->send<stage::CancelledMessage>(id, reason);
    host_.on_consumer_gone(subscription, reason);
    serve(0);  // everybody may have been waiting for it
}

void OutPortBase::cancel_all(const StopReason& reason) {
    accumulated_.clear();
    const std::vector<Consumer> consumers = std::exchange(consumers_, {});
    for (const Consumer& consumer : consumers) {
        any_dispatcher().cancel(consumer.id);
        consumer.cell->send<stage::CancelledMessage>(consumer.id, CancelReason{true, reason});
    }
    told_ = 0;
}

void OutPortBase::refresh_later() {
    if (refreshing_ || forwarding_ != DemandForwarding::forward ||
        any_dispatcher().wanted() <= told_) {
        return;
    }
    refreshing_ = true;
    cell_.send<stage::RefreshMessage>();
}

void OutPortBase::refresh() {
    refreshing_ = false;
    serve(0);
}

void OutPortBase::set_forwarding(DemandForwarding forwarding) {
    forwarding_ = forwarding;
    if (forwarding == DemandForwarding::accumulate) return;
    const auto accumulated = std::exchange(accumulated_, {});
    for (std::size_t i = 0; i < accumulated.size(); ++i) {
        if (cell_.is_stopping()) return;
        if (forwarding_ == DemandForwarding::accumulate) {  // changed by a handler
            accumulated_.insert(accumulated_.end(),
                                accumulated.begin() + static_cast<std::ptrdiff_t>(i),
                                accumulated.end());
            return;
        }
        ask(accumulated[i].first, accumulated[i].second);
    }
}

void OutPortBase::release_consumers() {
    consumers_.shrink_to_fit();
    accumulated_.shrink_to_fit();
}

// Demand has changed: sends buffered events and passes the remaining demand to the producer.
void OutPortBase::serve(std::size_t hint) {
    send_buffered(hint);
    if (cell_.is_stopping() || forwarding_ == DemandForwarding::accumulate) return;
    const std::size_t wanted = any_dispatcher().wanted();
    if (wanted <= told_) return;
    host_.on_demand(wanted - std::exchange(told_, wanted));
}

}  // namespace quantum::detail
