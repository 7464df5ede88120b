#include <algorithm>
#include <optional>
#include <utility>

#include "quantum/detail/stage/in_port_base.hpp"

#include "stage/port_messages.hpp"

namespace quantum::detail {

void refuse_subscription(SubscriptionId id, StageCell& consumer, const StopReason& reason) {
    consumer.send<stage::CancelledMessage>(id, CancelReason{true, reason});
}

InPortBase::InPortBase(StageCell& cell, InPortHostBase& host) : cell_(cell), host_(host) {}
InPortBase::~InPortBase() = default;

InPortBase::Producer* InPortBase::find(SubscriptionId id) {
    for (Producer& producer : producers_) {
        if (producer.subscription.id == id) return &producer;
    }
    return nullptr;
}

bool InPortBase::add(Producer producer, const Status& options) {
    const Subscription subscription = producer.subscription;
    producers_.push_back(std::move(producer));
    std::optional<CancelReason> refusal;
    if (!subscription.peer) {
        refusal = CancelReason{true, StopReason::not_running()};
    } else if (!options) {
        refusal = CancelReason{false, StopReason::error(options.error().message)};
    }
    if (refusal) {
        cell_.send<stage::CancelledMessage>(subscription.id, *std::move(refusal));
        return false;
    }
    return true;
}

void InPortBase::subscribed(const Subscription& subscription) {
    const DemandMode mode = host_.on_subscribed(subscription);
    Producer* const added = find(subscription.id);
    if (added == nullptr) return;
    if (mode == DemandMode::manual) added->mode = DemandMode::manual;
    if (added->mode == DemandMode::automatic) {
        added->pending = added->max;
        ask(subscription, added->max);
    }
}

void InPortBase::ask(const Subscription& producer, std::size_t count) {
    if (producer.peer) producer.peer.cell()->send<stage::AskMessage>(producer.id, count);
}

void InPortBase::cancel(const Subscription& producer, const StopReason& reason) {
    if (!producer.peer) return;
    producer.peer.cell()->send<stage::CancelMessage>(producer.id, CancelReason{false, reason});
}

void InPortBase::cancel_id(SubscriptionId id, const StopReason& reason) {
    if (const Producer* found = find(id)) cancel(found->subscription, reason);
}

void InPortBase::give_up(SubscriptionId id, const StopReason& reason) {
    Producer* const found = find(id);
    if (found == nullptr) return;
    found->cancel = CancelMode::temporary;
    cancel(found->subscription, reason);
}

void InPortBase::cancel_all(const StopReason& reason) {
    const std::list<Producer> producers = std::exchange(producers_, {});
    for (const Producer& producer : producers) {
        if (!producer.subscription.peer) continue;
        producer.subscription.peer.cell()->send<stage::CancelMessage>(producer.subscription.id,
                                                                      CancelReason{true, reason});
    }
}

void InPortBase::cancelled(SubscriptionId id, CancelReason reason) {
    run_behind_queue([this, id, reason = std::move(reason)] { end(id, reason); });
}

std::size_t InPortBase::slice_of(const Producer* from, std::size_t count) const {
    if (from != nullptr && from->mode == DemandMode::automatic) {
        count = std::min(count, from->max - from->min);
    }
    return std::min(count, host_.allowance());
}

void InPortBase::handled(Producer& from, std::size_t count) {
    if (!host_.acknowledges_later()) acknowledge(from, count);
}

void InPortBase::acknowledge(SubscriptionId id, std::size_t count) {
    if (Producer* still = find(id)) acknowledge(*still, count);
}

void InPortBase::acknowledge(Producer& from, std::size_t count) {
    if (from.mode == DemandMode::manual || cell_.is_stopping()) return;
    from.pending -= std::min(from.pending, count);
    if (from.pending > from.min) return;
    const std::size_t wanted = from.max - from.pending;
    from.pending = from.max;
    ask(from.subscription, wanted);
}

void InPortBase::end(SubscriptionId id, const CancelReason& reason) {
    const auto found =
        std::find_if(producers_.begin(), producers_.end(),
                     [id](const Producer& producer) { return producer.subscription.id == id; });
    if (found == producers_.end()) return;
    const Producer producer = std::move(*found);
    producers_.erase(found);
    host_.on_cancelled(producer.subscription, reason);
    const bool stops = producer.cancel == CancelMode::permanent ||
                       (producer.cancel == CancelMode::transient && reason.reason.is_error());
    if (stops && !cell_.is_stopping()) host_.stop_with(reason.reason);
}

}  // namespace quantum::detail
