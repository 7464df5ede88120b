#pragma once

#include <cstddef>
#include <vector>

#include "quantum/detail/stage/subscription.hpp"

namespace quantum::detail {

/// Consumers in the order of their demand, the highest first. Belongs to a dispatcher.
class DemandQueue {
public:
    void add(SubscriptionId consumer);
    void remove(SubscriptionId consumer);
    void ask(SubscriptionId consumer, std::size_t count);
    /// The sum of all demand.
    [[nodiscard]] std::size_t wanted() const { return wanted_; }

    /// A consumer and how many events it is to get; 0: nobody wants any.
    struct Share {
        SubscriptionId consumer{};
        std::size_t count = 0;
    };
    /// Takes at most `count` from the highest demand.
    [[nodiscard]] Share take(std::size_t count);

private:
    [[nodiscard]] std::size_t index_of(SubscriptionId consumer) const;

    std::vector<Share> wants_;
    std::size_t wanted_ = 0;
};

}  // namespace quantum::detail
