#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/expression.hpp"

namespace quantum::cron {

/// A field of a calendar event: a list of values, ranges and repetitions. An empty chain means `*`.
///
/// Seconds are counted in microseconds, everything else in units of the field.
class CalendarChain {
public:
    /// start, or start..stop, or start/repeat, or start..stop/repeat.
    struct Component {
        static constexpr std::int32_t none = -1;
        std::int32_t start;
        std::int32_t stop;    ///< none: not written
        std::int32_t repeat;  ///< 0: none

        friend bool operator==(const Component&, const Component&) = default;
    };

    /// Days may be counted from the end of the month: 1 is the last one.
    CalendarChain(Field field, bool from_month_end)
        : field_(field), from_month_end_(from_month_end && field == Field::day) {}

    /// Parses, sorts and checks. On failure, the error's column is relative to the start of the
    /// field.
    [[nodiscard]] bool parse(std::string_view text, CronError& error);

    /// Returns false if the expression has no room for that many separate years.
    [[nodiscard]] bool store(CronExpression& expression) const;

    void print(std::string& out) const;

    [[nodiscard]] bool is_star() const { return count_ == 0; }

private:
    static constexpr std::size_t capacity = 241;  // as many as systemd accepts

    [[nodiscard]] bool parse_item(std::string_view text, std::size_t from, std::size_t to,
                                  CronError& error);
    [[nodiscard]] bool store_years(YearSet& years) const;
    void normalize(Component& component) const;
    [[nodiscard]] CronErrorKind problem_of(const Component& component) const;
    void insert(const Component& component);

    [[nodiscard]] bool is_second() const { return field_ == Field::second; }
    [[nodiscard]] std::int32_t unit() const { return is_second() ? 1'000'000 : 1; }
    [[nodiscard]] std::int32_t low() const;
    [[nodiscard]] std::int32_t high() const;
    [[nodiscard]] bool prints_star() const;
    [[nodiscard]] bool prints_step(const Component& component) const;
    [[nodiscard]] std::int32_t last_of(const Component& component) const;
    [[nodiscard]] std::uint64_t values_of(const Component& component) const;

    Field field_;
    bool from_month_end_;
    std::size_t count_ = 0;
    std::array<Component, capacity> components_;  // the first count_, sorted
};

}  // namespace quantum::cron
