#pragma once

#include <cstdint>

#include "quantum/detail/cron/rules.hpp"
#include "quantum/detail/cron/years.hpp"

/// Converts ranges and steps to the sets of values they stand for, one bit per value.
namespace quantum::cron::detail {

/// An item before it becomes a set.
struct Item {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t step = 0;  ///< 0: no step was written
    bool star = false;
    bool range = false;
};

/// The bits from first to last.
constexpr std::uint64_t span(std::uint32_t first, std::uint32_t last) {
    return (~std::uint64_t{0} >> (63 - (last - first))) << first;
}

/// Quartz continues counting across the wrap: 22-2/3 is 22, 1.
constexpr std::uint64_t wrapped(const Item& item, const Range& range) {
    std::uint64_t set = 0;
    const std::uint32_t cycle = range.high - range.low + 1;
    for (std::uint32_t v = item.first; v <= item.last + cycle; v += item.step) {
        set |= std::uint64_t{1} << (v > range.high ? v - cycle : v);
    }
    return set;
}

/// Quantum for Elixir keeps the values of the range whose distance from its start (from 0 for a
/// star) is divisible by the step, using plain subtraction, and knows Sunday only as 7 here.
constexpr std::uint64_t divisible(const Item& item, const Range& range) {
    std::uint64_t set = 0;
    const std::uint32_t from = item.star ? 0 : item.first;
    const std::uint32_t low = range.high == 7 ? 1 : range.low;
    for (std::uint32_t v = low; v <= range.high; ++v) {
        const bool inside = item.first <= item.last ? v >= item.first && v <= item.last
                                                    : v >= item.first || v <= item.last;
        const std::uint32_t distance = v >= from ? v - from : from - v;
        if (inside && distance % item.step == 0) set |= std::uint64_t{1} << v;
    }
    return set;
}

/// The values of an item. If the first value is greater than the last, it wraps around.
constexpr std::uint64_t values_of(const Item& item, const Range& range, bool divisible_steps) {
    if (item.step == 0) {
        if (item.first <= item.last) return span(item.first, item.last);
        return span(item.first, range.high) | span(range.low, item.last);
    }
    if (divisible_steps) return divisible(item, range);
    if (item.first > item.last) return wrapped(item, range);
    std::uint64_t set = 0;
    for (std::uint32_t v = item.first; v <= item.last; v += item.step) {
        set |= std::uint64_t{1} << v;
    }
    return set;
}

/// Adds the years of an item, like `values_of`. False: there is no room for them.
constexpr bool add_values(YearSet& years, const Item& item, const Range& range,
                          bool divisible_steps) {
    const auto narrow = [](std::uint32_t v) { return static_cast<std::uint16_t>(v); };
    const std::uint32_t step = item.step == 0 ? 1 : item.step;
    if (item.first <= item.last) {
        std::uint32_t first = item.first;
        if (item.star && divisible_steps) first = (first + step - 1) / step * step;
        return years.add({narrow(first), narrow(item.last), narrow(step)});
    }
    const std::uint32_t low = range.low + (item.first - range.low) % step;
    return years.add({narrow(item.first), narrow(range.high), narrow(step)}) &&
           (low > item.last || years.add({narrow(low), narrow(item.last), narrow(step)}));
}

/// Converts bits 0-7 (Sunday is 0 and 7) or 1-7 (Sunday is 1) to bits 0-6.
constexpr std::uint8_t fold_weekdays(std::uint64_t set, bool from_one) {
    return static_cast<std::uint8_t>((from_one ? set >> 1 : set | set >> 7) & 0x7F);
}

}  // namespace quantum::cron::detail
