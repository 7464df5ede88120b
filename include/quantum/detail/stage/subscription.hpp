#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "quantum/result.hpp"

namespace quantum {

/// Whether a consumer asks for events automatically.
enum class DemandMode : std::uint8_t {
    automatic,  ///< asks for `max_demand` first, and again when the pending events fall to the
                ///< minimum
    manual,     ///< events arrive only after `ask`
};

/// What happens to a consumer when its subscription ends.
enum class CancelMode : std::uint8_t {
    permanent,  ///< the consumer stops with the same reason
    transient,  ///< it stops only if the reason is an error
    temporary,  ///< it continues
};

enum class SubscriptionId : std::uint64_t {};

namespace detail {

[[nodiscard]] Status check_demand(std::size_t max, std::optional<std::size_t> min);

}  // namespace detail

/// How a consumer subscribes. Invalid demand is rejected with `invalid_argument` by `subscribe` and
/// by the start of a stage; otherwise the subscription ends at once with an error.
template <class Event>
struct SubscriptionOptions {
    /// The maximum number of events in transit or unhandled. At least 1.
    std::size_t max_demand = 1000;
    /// Asks again when this many are left; less than max_demand. None: half of max_demand.
    std::optional<std::size_t> min_demand = std::nullopt;
    DemandMode mode = DemandMode::automatic;
    CancelMode cancel = CancelMode::permanent;
    /// For a broadcasting producer: only events for which this returns true are sent. Empty: all.
    /// Runs on the producer's turn.
    std::function<bool(const Event&)> selector{};
    /// For a partitioning producer: the partition, counted from 0.
    std::size_t partition = 0;

    /// Errors: `invalid_argument` if `max_demand` is 0 or `min_demand` is not below it.
    [[nodiscard]] Status check() const { return detail::check_demand(max_demand, min_demand); }
};

}  // namespace quantum
