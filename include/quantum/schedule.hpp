#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/dialect.hpp"
#include "quantum/dst.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// Why a text is no schedule.
struct ScheduleError {
    std::string field;       ///< "minute" … "weekday", "zone"; empty: the text as a whole
    std::size_t column = 1;  ///< 1-based, in bytes
    std::size_t length = 1;  ///< bytes that are wrong, from `column`; at least 1
    std::string message;     ///< what stands there, what is allowed, what was probably meant

    [[nodiscard]] Error to_error() const;
};

struct ScheduleOptions {
    Dialect dialect = Dialect::cron;
    std::string_view zone = "UTC";
    /// The job's name: what `~` and `H` are drawn from.
    std::string_view name = {};
    DstPolicy dst = {};
};

/// Answers one question: given an instant, when is the job next due?
///
/// A Schedule is a value: cheap to copy, and no call changes it.
///
///     auto quarter = parse_schedule("*/15 * * * *", {.zone = "Europe/Zurich"});
///     if (!quarter) return tl::unexpected(quarter.error().to_error().within("job 'report'"));
///     auto due = quarter->next(clock.wall_now());
///
/// Thread-safety: const after construction; share it freely.
/// Errors: none. "Never again" is an empty optional, not an error.
class Schedule {
public:
    /// The first due time strictly later than `after`; a schedule never repeats an instant.
    [[nodiscard]] std::optional<WallTime> next(WallTime after) const;

    /// `@reboot`: no due times at all, one run when the job is added.
    [[nodiscard]] bool is_reboot() const;

    /// The same schedule with its interval (`@every`) counted from `anchor`; others unchanged.
    [[nodiscard]] Schedule anchored_at(WallTime anchor) const;

    /// The expression as it was written.
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] std::string_view zone_name() const;
    [[nodiscard]] Dialect dialect() const;

    /// `@every`: due each so much real time, counted from the anchor.
    [[nodiscard]] bool is_interval() const;
    /// What an interval counts from; the epoch until it is anchored.
    [[nodiscard]] WallTime anchor() const { return anchor_; }
    /// Names the hours it is due at (`30 2 * * *`). Else it follows real time (`*/5 * * * *`,
    /// `@every 90s`), and goes on at once when the wall clock is set back.
    [[nodiscard]] bool is_fixed_time() const;

    /// Equal schedules have the same due times for the same reasons; the text may differ.
    friend bool operator==(const Schedule& a, const Schedule& b);
    /// Equal for equal schedules.
    [[nodiscard]] std::size_t hash() const;

private:
    struct Rule;
    explicit Schedule(std::shared_ptr<const Rule> rule);
    std::shared_ptr<const Rule> rule_;
    WallTime anchor_{};
    friend tl::expected<Schedule, ScheduleError> parse_schedule(std::string_view,
                                                                const ScheduleOptions&);
};

[[nodiscard]] tl::expected<Schedule, ScheduleError> parse_schedule(
    std::string_view text, const ScheduleOptions& options = {});

}  // namespace quantum
