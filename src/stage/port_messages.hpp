#pragma once

#include <cstddef>
#include <utility>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/in_port_base.hpp"
#include "quantum/detail/stage/out_port_base.hpp"

namespace quantum::stage {

// The messages between the two ports of a subscription that do not know its events.

struct AskMessage final : detail::Message {
    AskMessage(SubscriptionId i, std::size_t n) : id(i), count(n) {}
    void deliver(detail::StageCell& receiver) override { receiver.out_port()->ask(id, count); }
    SubscriptionId id;
    std::size_t count;
};

/// From a producer to itself.
struct RefreshMessage final : detail::Message {
    void deliver(detail::StageCell& receiver) override { receiver.out_port()->refresh(); }
};

/// From the consumer to the producer: it cancels, or is gone.
struct CancelMessage final : detail::Message {
    CancelMessage(SubscriptionId i, CancelReason r) : id(i), reason(std::move(r)) {}
    void deliver(detail::StageCell& receiver) override { receiver.out_port()->cancel(id, reason); }
    SubscriptionId id;
    CancelReason reason;
};

/// From the producer to the consumer: the subscription is over.
struct CancelledMessage final : detail::Message {
    CancelledMessage(SubscriptionId i, CancelReason r) : id(i), reason(std::move(r)) {}
    void deliver(detail::StageCell& receiver) override {
        receiver.in_port()->cancelled(id, std::move(reason));
    }
    SubscriptionId id;
    CancelReason reason;
};

}  // namespace quantum::stage
