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

namespace quantum::schedule {
struct ScheduleView;
}  // namespace quantum::schedule

namespace quantum {

/// Why a text is not a schedule.
struct ScheduleError {
    std::string field;       ///< "minute" … "weekday", "zone"; empty: the text as a whole
    std::size_t column = 1;  ///< 1-based, in bytes
    std::size_t length = 1;  ///< number of wrong bytes from `column`, at least 1
    std::string message;     ///< what was found, what is allowed, and a suggested correction

    [[nodiscard]] Error to_error() const;
};

struct ScheduleOptions {
    Dialect dialect = Dialect::cron;
    std::string_view zone = "UTC";
    /// The job's name, which determines the values of `~` and `H`.
    std::string_view name = {};
    DstPolicy dst = {};
    /// Whether a day must match one or both restricted day fields; none: the dialect's rule.
    Setting<DayRule> days = {};
};

class Schedule;

/// A sequence of due times, computed lazily.
using DueTimes = TimeStream<Schedule, WallTime>;

/// Answers one question: given an instant, when is the job next due?
///
/// A Schedule is a value: cheap to copy, and immutable.
///
///     auto quarter = parse_schedule("*/15 * * * *", {.zone = "Europe/Zurich"});
///     if (!quarter) return tl::unexpected(quarter.error().to_error().within("job 'report'"));
///     auto due = quarter->next(clock.wall_now());
///
/// Thread-safety: const after construction; may be shared freely.
/// Errors: none. If there is no further due time, the result is empty.
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

    /// The first instant strictly between the two at which clocks go forward past local times that
    /// would have been due but are left out by `dst_gap = skip`. Instants at which a run is due are
    /// not returned.
    [[nodiscard]] std::optional<WallTime> next_left_out(WallTime after, WallTime before) const;

    /// The due times strictly after an instant or (newest first) strictly before it, computed
    /// lazily:
    ///
    ///     for (WallTime due : schedule.after(now)) { … }
    [[nodiscard]] DueTimes after(WallTime instant) const;
    [[nodiscard]] DueTimes before(WallTime instant) const;

    /// `@reboot`: no due times, one run when the job is added.
    [[nodiscard]] bool is_reboot() const;

    /// The same schedule with its interval (`@every`) counted from `anchor`; other schedules are
    /// unchanged.
    [[nodiscard]] Schedule anchored_at(WallTime anchor) const;

    /// The expression as it was written. If the expression was not parsed from text: an equivalent
    /// text in `dialect()`; for schedules created by other functions, a description.
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] std::string_view zone_name() const;
    [[nodiscard]] Dialect dialect() const;
    [[nodiscard]] const DstPolicy& dst() const;
    /// The day rule it was parsed with, if that is not the dialect's.
    [[nodiscard]] Setting<DayRule> days() const;

    /// The civil expression; null if there is none (`@reboot`, intervals, combinations).
    [[nodiscard]] const CronExpression* expression() const;
    /// The period of an interval.
    [[nodiscard]] std::optional<Duration> period() const;
    /// The instant of a schedule that is due once.
    [[nodiscard]] std::optional<WallTime> once_at() const;
    /// The parts of a union; empty for others.
    [[nodiscard]] std::span<const Schedule> parts() const;
    /// The schedule that `within` or `except_dates` restricted; null for others.
    [[nodiscard]] const Schedule* narrowed() const;
    /// The window of `within`; none if that side is open, or for other schedules.
    [[nodiscard]] std::optional<WallTime> from() const;
    [[nodiscard]] std::optional<WallTime> until() const;
    /// The dates excluded by `except_dates`, in order; empty for others.
    [[nodiscard]] std::span<const std::chrono::year_month_day> left_out_dates() const;

    /// An expression, such as a literal, in a zone. Fails if the zone does not exist.
    [[nodiscard]] static Result<Schedule> of(const CronExpression& expression,
                                             std::string_view zone = "UTC",
                                             const DstPolicy& dst = {});
    /// Due at anchor + k × period, k >= 1. The period must be at least one microsecond.
    [[nodiscard]] static Schedule every(Duration period, WallTime anchor);
    /// Due once.
    [[nodiscard]] static Schedule once(WallTime instant);
    /// Due whenever one of them is; an instant shared by several is one due time.
    [[nodiscard]] static Schedule any_of(std::vector<Schedule> schedules);

    /// This schedule without the due times that `other` also has. Bounded: after a million
    /// consecutive due times that are all excluded, it counts as never due again.
    [[nodiscard]] Schedule except(const Schedule& other) const;
    /// This schedule without the due times on these dates in its zone.
    [[nodiscard]] Schedule except_dates(std::vector<std::chrono::year_month_day> dates) const;
    /// Only the due times from `from` (inclusive) to `until` (exclusive).
    [[nodiscard]] Schedule within(std::optional<WallTime> from,
                                  std::optional<WallTime> until) const;
    /// Only the first `count` due times strictly after `from`. Computes them all.
    [[nodiscard]] Schedule at_most(std::size_t count, WallTime from) const;

    /// Compares the meaning (expression, zone, DST policy, anchor and parts), not the spelling.
    friend bool operator==(const Schedule& a, const Schedule& b);

    /// `@every`: due once per period of real time, counted from the anchor.
    [[nodiscard]] bool is_interval() const;
    /// True if it is an interval or contains one.
    [[nodiscard]] bool has_interval() const;
    /// The instant from which an interval is counted (the epoch until it is anchored), or the
    /// instant of `once`.
    [[nodiscard]] WallTime anchor() const { return anchor_; }
    /// True if it names hours of the day (`30 2 * * *`). Otherwise it follows real time (`*/5 * * *
    /// *`, `@every 90s`), and continues at once when the wall clock is set back.
    [[nodiscard]] bool is_fixed_time() const;

    /// Equal for equal schedules.
    [[nodiscard]] std::size_t hash() const;

private:
    struct Rule;
    explicit Schedule(Rule rule);
    Shared<Rule> rule_;
    WallTime anchor_{};
    friend struct schedule::ScheduleView;
    friend tl::expected<Schedule, ScheduleError> parse_schedule(std::string_view,
                                                                const ScheduleOptions&);
};

[[nodiscard]] tl::expected<Schedule, ScheduleError> parse_schedule(
    std::string_view text, const ScheduleOptions& options = {});

}  // namespace quantum
