#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "quantum/result.hpp"

namespace quantum {

/// Whether a consumer asks by itself.
enum class DemandMode : std::uint8_t {
    automatic,  ///< asks `max_demand` at first and again whenever what is pending falls to the min
    manual,     ///< nothing comes unless `ask` is called
};

/// What the end of a subscription does to its consumer.
enum class CancelMode : std::uint8_t {
    permanent,  ///< the consumer stops with the same reason
    transient,  ///< it stops only if the reason is an error
    temporary,  ///< it goes on
};

enum class SubscriptionId : std::uint64_t {};

namespace detail {

[[nodiscard]] Status check_demand(std::size_t max, std::optional<std::size_t> min);

}  // namespace detail

/// How a consumer subscribes. Demand that makes no sense is refused: by `subscribe` and by the
/// start of a stage with `invalid_argument`; elsewhere the subscription ends at once, with an
/// error.
template <class Event>
struct SubscriptionOptions {
    /// At most so many events on their way or unhandled at once. At least 1.
    std::size_t max_demand = 1000;
    /// Asks again when so many are left; less than max_demand. None: half of max_demand.
    std::optional<std::size_t> min_demand = std::nullopt;
    DemandMode mode = DemandMode::automatic;
    CancelMode cancel = CancelMode::permanent;
    /// For a broadcasting producer: only events it is true for are sent. Empty: all. Runs on the
    /// producer's turn.
    std::function<bool(const Event&)> selector{};
    /// For a partitioning producer: which of its partitions, from 0.
    std::size_t partition = 0;

    /// Errors: `invalid_argument` for a `max_demand` of 0 or a `min_demand` that is not below it.
    [[nodiscard]] Status check() const { return detail::check_demand(max_demand, min_demand); }
};

}  // namespace quantum
