#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "quantum/clock.hpp"
#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/setting.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/dialect.hpp"
#include "quantum/dst.hpp"
#include "quantum/result.hpp"
#include "quantum/time_stream.hpp"

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
    /// What a day must match where both day fields are restricted; none: as the dialect says.
    Setting<DayRule> days = {};
};

class Schedule;

/// Due times one after the other, computed as they are read.
using DueTimes = TimeStream<Schedule, WallTime>;

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
    Schedule(const Schedule& other) noexcept;
    Schedule(Schedule&& other) noexcept;
    Schedule& operator=(const Schedule& other) noexcept;
    Schedule& operator=(Schedule&& other) noexcept;
    ~Schedule();

    /// The first due time strictly later than `after`; a schedule never repeats an instant.
    [[nodiscard]] std::optional<WallTime> next(WallTime after) const;

    /// The last due time strictly before `before`.
    [[nodiscard]] std::optional<WallTime> prev(WallTime before) const;

    /// True if `instant` is a due time.
    [[nodiscard]] bool matches(WallTime instant) const;

    /// The first instant strictly between at which clocks go forward over local times that would
    /// have been due and, by `dst_gap = skip`, are left out. None where a run is due there.
    [[nodiscard]] std::optional<WallTime> next_left_out(WallTime after, WallTime before) const;

    /// The due times strictly after, or (newest first) strictly before, computed as they are read:
    ///
    ///     for (WallTime due : schedule.after(now)) { … }
    [[nodiscard]] DueTimes after(WallTime instant) const;
    [[nodiscard]] DueTimes before(WallTime instant) const;

    /// `@reboot`: no due times at all, one run when the job is added.
    [[nodiscard]] bool is_reboot() const;

    /// The same schedule with its interval (`@every`) counted from `anchor`; others unchanged.
    [[nodiscard]] Schedule anchored_at(WallTime anchor) const;

    /// The expression as it was written; of an expression that was no text, one that reads as an
    /// equal one in `dialect()`; for a schedule made by another function, words for it.
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] std::string_view zone_name() const;
    [[nodiscard]] Dialect dialect() const;
    [[nodiscard]] const DstPolicy& dst() const;
    /// The day rule it was read with, where that is not the dialect's.
    [[nodiscard]] Setting<DayRule> days() const;

    /// The civil expression; null where there is none (`@reboot`, intervals, combinations).
    [[nodiscard]] const CronExpression* expression() const;
    /// The period of an interval.
    [[nodiscard]] std::optional<Duration> period() const;
    /// The one instant of a schedule that is due once.
    [[nodiscard]] std::optional<WallTime> once_at() const;
    /// What a union was made of; empty for others.
    [[nodiscard]] std::span<const Schedule> parts() const;
    /// What `within` or `except_dates` narrowed; null for others.
    [[nodiscard]] const Schedule* narrowed() const;
    /// The window of `within`: none where that side is open, and for others.
    [[nodiscard]] std::optional<WallTime> from() const;
    [[nodiscard]] std::optional<WallTime> until() const;
    /// What `except_dates` takes out, in order; empty for others.
    [[nodiscard]] std::span<const std::chrono::year_month_day> left_out_dates() const;

    /// An expression, such as a literal, in a zone. Fails if there is no such zone.
    [[nodiscard]] static Result<Schedule> of(const CronExpression& expression,
                                             std::string_view zone = "UTC",
                                             const DstPolicy& dst = {});
    /// Due at anchor + k × period, k >= 1. The period is at least a microsecond.
    [[nodiscard]] static Schedule every(Duration period, WallTime anchor);
    /// Due once.
    [[nodiscard]] static Schedule once(WallTime instant);
    /// Due whenever one of them is; an instant shared by several is one due time.
    [[nodiscard]] static Schedule any_of(std::vector<Schedule> schedules);

    /// Without the due times that `other` has too. Bounded: after a million due times in a row
    /// that are all excluded it counts as never due again.
    [[nodiscard]] Schedule except(const Schedule& other) const;
    /// Without the due times that fall on these dates of the schedule's zone.
    [[nodiscard]] Schedule except_dates(std::vector<std::chrono::year_month_day> dates) const;
    /// Only the due times from `from` (inclusive) to `until` (exclusive).
    [[nodiscard]] Schedule within(std::optional<WallTime> from,
                                  std::optional<WallTime> until) const;
    /// Only the first `count` due times strictly after `from`. Computes them all.
    [[nodiscard]] Schedule at_most(std::size_t count, WallTime from) const;

    /// Equal meaning: expression, zone, DST words, anchor and parts; not the spelling.
    friend bool operator==(const Schedule& a, const Schedule& b);

    /// `@every`: due each so much real time, counted from the anchor.
    [[nodiscard]] bool is_interval() const;
    /// It is an interval, or is put together from some.
    [[nodiscard]] bool has_interval() const;
    /// What an interval counts from, the epoch until it is anchored; the instant of `once`.
    [[nodiscard]] WallTime anchor() const { return anchor_; }
    /// Names the hours it is due at (`30 2 * * *`). Else it follows real time (`*/5 * * * *`,
    /// `@every 90s`), and goes on at once when the wall clock is set back.
    [[nodiscard]] bool is_fixed_time() const;

    /// Equal for equal schedules.
    [[nodiscard]] std::size_t hash() const;

private:
    struct Rule;
    explicit Schedule(Rule rule);
    Shared<Rule> rule_;
    WallTime anchor_{};
    friend struct ScheduleView;
    friend tl::expected<Schedule, ScheduleError> parse_schedule(std::string_view,
                                                                const ScheduleOptions&);
};

[[nodiscard]] tl::expected<Schedule, ScheduleError> parse_schedule(
    std::string_view text, const ScheduleOptions& options = {});

}  // namespace quantum
