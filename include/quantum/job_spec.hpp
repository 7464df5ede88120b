#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// A schedule as text, in the zone and dialect of its job, or ready made.
using ScheduleSource = std::variant<std::string, Schedule>;

/// A job written down in one piece:
///
///     scheduler.add_job({.name = "report",
///                        .schedule = "0 3 * * *",
///                        .task = [] { report(); },
///                        .zone = "Europe/Zurich",
///                        .retries = 3});
///
/// What is left out is the scheduler's default. The words mean what they mean in `JobPolicies`.
struct JobSpec {
    std::string name = {};  ///< empty: one is made up
    std::optional<ScheduleSource> schedule = std::nullopt;
    Task task = {};

    std::optional<std::string> zone = std::nullopt;
    std::optional<Dialect> dialect = std::nullopt;
    std::optional<DstPolicy> dst = std::nullopt;
    /// Where both day fields are restricted: whether one or both must match.
    std::optional<DayRule> days = std::nullopt;
    /// Together with `schedule` one set of due times.
    std::vector<ScheduleSource> more_schedules = {};

    std::optional<JobState> state = std::nullopt;
    std::optional<Overlap> overlap = std::nullopt;
    std::uint32_t queue_limit = 1;
    std::optional<Misfire> misfire = std::nullopt;
    std::optional<std::uint32_t> misfire_cap = std::nullopt;
    std::optional<Duration> grace = std::nullopt;
    Duration jitter = {};
    std::uint32_t retries = 0;
    Backoff backoff = {};
    bool retry_past_next = false;
    OnLost on_lost = OnLost::record;
    std::optional<Duration> timeout = std::nullopt;
    std::vector<std::string> tags = {};
    bool run_if_past = false;
    std::shared_ptr<const RunStrategy> run_strategy = nullptr;
    std::string source = {};
};

/// The job that is described. Errors: what its setters refuse, with the job's name in front.
[[nodiscard]] Result<Job> make_job(const JobSpec& spec, const JobDefaults& defaults = {});

}  // namespace quantum
