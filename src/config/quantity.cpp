#include "config/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "config/mutant.hpp"

namespace quantum::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t size;
};

constexpr std::array duration_units{
    Unit{"w", 604'800'000'000},
    Unit{"d", 86'400'000'000},
    Unit{"h", 3'600'000'000},
    Unit{"m", 60'000'000},
    Unit{"s", 1'000'000},
    Unit{"ms", 1'000},
    Unit{"us", 1},
};
constexpr std::array size_units{
    Unit{"", 1},
    Unit{"B", 1},
    Unit{"KiB", std::int64_t{1} << 10U},
    Unit{"MiB", std::int64_t{1} << 20U},
    Unit{"GiB", std::int64_t{1} << 30U},
    Unit{"TiB", std::int64_t{1} << 40U},
    Unit{"kB", 1'000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
};

constexpr std::string_view digits = "0123456789";

/// What stands at the head as long as it consists of these, or of all but these.
std::string_view take(std::string_view& text, std::string_view characters, bool of_these) {
    const std::size_t end =
        of_these ? text.find_first_not_of(characters) : text.find_first_of(characters);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(part.size());
    return part;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end) return std::nullopt;
    return value;
}

/// whole.fraction × unit; none where it does not fit, or is finer than one.
std::optional<std::int64_t> times(std::int64_t whole, std::string_view fraction,
                                  std::int64_t unit) {
    if (whole > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
    std::int64_t total = whole * unit;
    for (std::int64_t weight = unit; const char digit : fraction) {
        const std::int64_t value = digit - '0';
        if (weight % 10 != 0) return std::nullopt;
        weight /= 10;
        if (total > std::numeric_limits<std::int64_t>::max() - value * weight) return std::nullopt;
        total += value * weight;
    }
    return total;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::int64_t last_unit = std::numeric_limits<std::int64_t>::max();
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const auto whole = number(take(text, digits, true));
        std::string_view fraction;
        if (text.starts_with('.')) {
            text.remove_prefix(1);
            fraction = take(text, digits, true);
            if (fraction.empty()) return std::nullopt;
        }
        const std::string_view name = take(text, "0123456789. ", false);
        take(text, " ", true);
        if (!whole) return std::nullopt;
        std::int64_t unit = 0;
        for (const Unit& known : duration_units) {
            if (known.name == name) unit = known.size;
        }
        if (unit == 0 || (unit >= last_unit && !mutated(ConfigMutant::units_in_any_order)))
            return std::nullopt;
        last_unit = unit;
        const auto part = times(*whole, fraction, unit);
        if (!part || *part > std::numeric_limits<std::int64_t>::max() - total) {
            if (!mutated(ConfigMutant::sum_overflows)) return std::nullopt;
            return Duration(total);
        }
        total += *part;
    }
    return Duration(total);
}

std::string duration_text(Duration duration) {
    std::int64_t left = duration.count();
    if (left == 0) return "0s";
    std::string text;
    for (const Unit& unit : duration_units) {
        // A week is rarely what people count in.
        if (unit.name == "w" || left < unit.size) continue;
        text += std::to_string(left / unit.size);
        text += unit.name;
        left %= unit.size;
    }
    return text;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const auto whole = number(take(text, digits, true));
    take(text, " ", true);
    if (!whole) return std::nullopt;
    for (const Unit& known : size_units) {
        if (known.name != text) continue;
        const auto bytes = times(*whole, {}, known.size);
        if (bytes) return static_cast<std::uint64_t>(*bytes);
    }
    return std::nullopt;
}

}  // namespace quantum::config
