#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/setting.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// A schedule as text, in the zone and dialect of its job, or as an object; or none.
class ScheduleSource {
public:
    ScheduleSource() = default;
    // NOLINTBEGIN(google-explicit-constructor): a text or a schedule stands where one is wanted
    ScheduleSource(std::nullopt_t) {}
    ScheduleSource(std::string text) : text_(std::move(text)), is_text_(true) {}
    ScheduleSource(std::string_view text) : ScheduleSource(std::string(text)) {}
    ScheduleSource(const char* text) : ScheduleSource(std::string(text)) {}
    ScheduleSource(Schedule schedule) : schedule_(std::move(schedule)) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_none() const { return !is_text_ && !schedule_; }
    /// Null if it is none or an object.
    [[nodiscard]] const std::string* text() const { return is_text_ ? &text_ : nullptr; }
    [[nodiscard]] const Schedule* schedule() const { return schedule_ ? &*schedule_ : nullptr; }

private:
    std::string text_;
    std::optional<Schedule> schedule_;
    bool is_text_ = false;
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
    Setting<Duration> grace = {};
    Duration jitter = {};
    std::uint32_t retries = 0;
    Backoff backoff = {};
    bool retry_past_next = false;
    OnLost on_lost = OnLost::record;
    Setting<Duration> timeout = {};
    std::vector<std::string> tags = {};
    bool run_if_past = false;
    std::shared_ptr<const RunStrategy> run_strategy = nullptr;
    std::string source = {};
};

/// Creates the job described. Errors: those of the setters, preceded by the job's name.
[[nodiscard]] Result<Job> make_job(const JobSpec& spec, const JobDefaults& defaults = {});

}  // namespace quantum
