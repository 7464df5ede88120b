#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/duration_setting.hpp"
#include "quantum/detail/refusal.hpp"
#include "quantum/detail/setting.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"

namespace quantum {

class ScheduleSource;

namespace detail {

template <class T>
concept NoScheduleSource =
    !std::convertible_to<T, std::string_view> && !std::convertible_to<T, std::string> &&
    !std::convertible_to<T, Schedule> && !std::convertible_to<T, CronExpression> &&
    !std::same_as<T, ScheduleSource> && !std::same_as<T, std::nullopt_t>;

}  // namespace detail

/// A schedule as text or as a literal (`"*/5 * * * *"_cron`), in the zone of its job; or as an
/// object, which has a zone of its own; or none.
class ScheduleSource {
public:
    ScheduleSource() = default;
    // NOLINTBEGIN(google-explicit-constructor): a text or a schedule stands where one is wanted
    ScheduleSource(std::nullopt_t) {}
    ScheduleSource(std::string text) : text_(std::move(text)) {}
    ScheduleSource(std::string_view text) : text_(std::string(text)) {}
    ScheduleSource(const char* text) : text_(std::string(text)) {}
    ScheduleSource(const CronExpression& expression) : expression_(expression) {}
    ScheduleSource(Schedule schedule) : schedule_(std::move(schedule)) {}

    // Anything else does not compile.
    template <detail::NoScheduleSource T,
              class Mistake = detail::mistake::a_schedule_is_a_text_or_a_literal_or_a_Schedule>
    consteval ScheduleSource(const T&) : refusal_(&detail::refused<Mistake>) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_none() const { return !text_ && !expression_ && !schedule_; }
    /// Each null if it is none or another.
    [[nodiscard]] const std::string* text() const { return text_.get(); }
    [[nodiscard]] const CronExpression* expression() const { return expression_.get(); }
    [[nodiscard]] const Schedule* schedule() const { return schedule_.get(); }

private:
    Shared<std::string> text_;
    Shared<CronExpression> expression_;
    Shared<Schedule> schedule_;
    detail::Refusal refusal_ = nullptr;  // of what does not compile
};

/// The description of a job in one piece:
///
///     scheduler.add_job({.name = "report",
///                        .schedule = "0 3 * * *",
///                        .task = [] { report(); },
///                        .zone = "Europe/Zurich",
///                        .retries = 3});
///
/// Anything omitted is taken from the scheduler's defaults. The names have the same meaning as in
/// `JobPolicies`.
///
/// `zone`, `dst` and `days` apply to schedules that are texts or literals, and `dialect` to texts.
/// A schedule that is an object has its own; a `zone` or `dst` that contradicts it is an error.
struct JobSpec {
    std::string name = {};  ///< empty: one is generated
    ScheduleSource schedule = {};
    Task task = {};

    Setting<std::string> zone = {};
    Setting<Dialect> dialect = {};
    Setting<DstPolicy> dst = {};
    /// If both day fields are restricted: whether one or both must match.
    Setting<DayRule> days = {};
    /// Together with `schedule`, these form one set of due times.
    std::vector<ScheduleSource> more_schedules = {};

    Setting<JobState> state = {};
    Setting<Overlap> overlap = {};
    std::uint32_t queue_limit = 1;
    Setting<Misfire> misfire = {};
    Setting<std::uint32_t> misfire_cap = {};
    DurationSetting grace = {};
    DurationSetting jitter = {};
    std::uint32_t retries = 0;
    Backoff backoff = {};
    bool retry_past_next = false;
    OnLost on_lost = OnLost::record;
    DurationSetting timeout = {};
    std::vector<std::string> tags = {};
    bool run_if_past = false;
    std::shared_ptr<const RunStrategy> run_strategy = nullptr;
    std::string source = {};
    /// A complete job instead of a description; everything else is then ignored.
    Shared<Job> job = {};
};

/// Creates the job described. Errors: those of the setters, preceded by the job's name.
[[nodiscard]] Result<Job> make_job(const JobSpec& spec, const JobDefaults& defaults = {});

}  // namespace quantum
