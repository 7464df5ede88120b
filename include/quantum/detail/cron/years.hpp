#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "quantum/detail/cron/calendar.hpp"

namespace quantum::cron {

/// The years a schedule is limited to: every year, or a few progressions.
class YearSet {
public:
    /// first, first + step, …, up to last.
    struct Range {
        std::uint16_t first = 0;
        std::uint16_t last = 0;
        std::uint16_t step = 1;

        friend constexpr bool operator==(const Range&, const Range&) = default;
    };

    static constexpr std::size_t capacity = 12;

    /// Resets to every year.
    constexpr void clear() { *this = {}; }

    [[nodiscard]] constexpr bool every_year() const { return count_ == 0; }
    [[nodiscard]] constexpr std::size_t size() const { return count_; }
    [[nodiscard]] constexpr const Range& operator[](std::size_t i) const { return ranges_[i]; }

    /// Returns false if there is no room left. Values in an arithmetic progression (2026,2027 or
    /// 2026,2030,2034) are merged into one range.
    [[nodiscard]] constexpr bool add(Range range) {
        range.last =
            static_cast<std::uint16_t>(range.last - (range.last - range.first) % range.step);
        if (range.first == range.last) range.step = 1;
        if (count_ > 0 && joined(ranges_[count_ - 1], range)) return true;
        if (count_ == capacity) return false;
        ranges_[count_++] = range;
        return true;
    }

    [[nodiscard]] constexpr bool contains(std::int32_t year) const {
        return every_year() || first_from(year) == year;
    }

    /// The first year of the set at or after `year`; greater than last_year if there is none.
    [[nodiscard]] constexpr std::int32_t first_from(std::int32_t year) const {
        if (every_year()) return year;
        std::int32_t best = last_year + 1;
        for (std::size_t i = 0; i < count_; ++i) {
            const Range& r = ranges_[i];
            if (year > r.last) continue;
            std::int32_t found = r.first;
            if (year > found) found += (year - found + r.step - 1) / r.step * r.step;
            if (found <= r.last && found < best) best = found;
        }
        return best;
    }

    /// The last year of the set at or before `year`; less than first_year if there is none.
    [[nodiscard]] constexpr std::int32_t last_until(std::int32_t year) const {
        if (every_year()) return year;
        std::int32_t best = first_year - 1;
        for (std::size_t i = 0; i < count_; ++i) {
            const Range& r = ranges_[i];
            if (year < r.first) continue;
            const std::int32_t until = year < r.last ? year : r.last;
            const std::int32_t found = r.first + (until - r.first) / r.step * r.step;
            if (found > best) best = found;
        }
        return best;
    }

    friend constexpr bool operator==(const YearSet&, const YearSet&) = default;

private:
    static constexpr bool joined(Range& into, const Range& range) {
        if (range.first != range.last || range.first <= into.last) return false;
        const int distance = range.first - into.last;
        if (into.first == into.last) {
            into.step = static_cast<std::uint16_t>(distance);
        } else if (distance != into.step) {
            return false;
        }
        into.last = range.last;
        return true;
    }

    std::array<Range, capacity> ranges_{};
    std::uint8_t count_ = 0;
};

}  // namespace quantum::cron
