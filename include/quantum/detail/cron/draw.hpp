#pragma once

#include <cstdint>
#include <string_view>

#include "quantum/detail/cron/expression.hpp"

/// The choice of values for `~` and `H`: it spreads jobs out and is the same on every node.
namespace quantum::cron {

/// FNV-1a (64 bit) over the job's name, the number of the field and the number of the item in the
/// field, passed through the splitmix64 finalizer. The value chosen from low-high is low + hash %
/// (high - low + 1). This is documented behavior and must never change.
[[nodiscard]] constexpr std::uint64_t draw_hash(std::string_view name, Field field,
                                                std::uint32_t item) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
    const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x0000'0100'0000'01B3; };
    for (const char c : name) add(static_cast<std::uint8_t>(c));
    add(static_cast<std::uint8_t>(field));
    add(static_cast<std::uint8_t>(item));
    hash = (hash ^ (hash >> 30)) * 0xBF58'476D'1CE4'E5B9;
    hash = (hash ^ (hash >> 27)) * 0x94D0'49BB'1331'11EB;
    return hash ^ (hash >> 31);
}

[[nodiscard]] constexpr std::uint32_t draw(std::string_view name, Field field, std::uint32_t item,
                                           std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(draw_hash(name, field, item) % (high - low + 1));
}

}  // namespace quantum::cron
