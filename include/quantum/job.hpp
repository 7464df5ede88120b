#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/detail/setting.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/job_policies.hpp"
#include "quantum/result.hpp"
#include "quantum/run_strategy.hpp"
#include "quantum/schedule.hpp"
#include "quantum/task.hpp"

namespace quantum::model {
struct JobParts;
}  // namespace quantum::model

namespace quantum {

struct JobSpec;  // quantum/job_spec.hpp

enum class JobState : std::uint8_t {
    active,
    inactive,  ///< never due until it is activated
    finished,  ///< its only due time has passed
};

[[nodiscard]] std::string_view to_string(JobState state);

/// Defaults for what jobs do not specify.
struct JobDefaults {
    std::string zone = "UTC";
    Dialect dialect = Dialect::cron;
    DstPolicy dst = {};
    Setting<DayRule> days = {};  ///< none: the dialect's rule
    std::optional<Schedule> schedule = std::nullopt;
    JobState state = JobState::active;
    Overlap overlap = Overlap::skip;
    Misfire misfire = Misfire::one;
    std::uint32_t misfire_cap = 100;
    std::optional<Duration> grace = std::nullopt;
    std::shared_ptr<const RunStrategy> run_strategy = nullptr;  ///< none: the scheduler's own node
};

/// The source of job definitions, stored once for all lines of a file. For internal use; see
/// `Job::source`.
class JobOrigin {
public:
    JobOrigin() noexcept {}  // NOLINT(modernize-use-equals-default): out of line it would cost
    explicit JobOrigin(std::string_view name);
    JobOrigin(const JobOrigin& other) noexcept;
    JobOrigin(JobOrigin&& other) noexcept : cell_(other.cell_) { other.cell_ = nullptr; }
    JobOrigin& operator=(JobOrigin other) noexcept;
    ~JobOrigin() {
        if (cell_ != nullptr) drop();
    }

    [[nodiscard]] explicit operator bool() const { return cell_ != nullptr; }
    [[nodiscard]] const std::string& name() const;
    /// "name:line"; for line 0, just the name. Created on first use and kept.
    [[nodiscard]] const std::string& text(std::uint32_t line) const;

    /// Compares identity, not equality of values.
    friend bool operator==(const JobOrigin&, const JobOrigin&) = default;

private:
    struct Cell;
    void drop() noexcept;

    Cell* cell_ = nullptr;
};

/// A schedule and a task with a name. A value; setters validate their arguments and return the job
/// for chaining.
///
/// Whatever is not set is taken from `SchedulerConfig::defaults` when a scheduler accepts the job;
/// until then the getters return the library's defaults. `Scheduler::new_job` returns a job with
/// the scheduler's defaults, including the zone and dialect of its schedule.
///
/// Copies share whatever is large or rarely set: command, policies, source. A job without rarely
/// set properties does not pay for them.
///
/// Thread-safety: like any value; the scheduler treats it as const.
class Job {
public:
    Job() = default;
    /// A job with everything in `defaults`; schedules set as text are parsed in its zone and
    /// dialect.
    explicit Job(const JobDefaults& defaults);

    // NOLINTBEGIN(google-explicit-constructor): a job stands where a description is wanted
    operator JobSpec() const&;
    operator JobSpec() &&;
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] const std::string& name() const { return name_; }
    /// All due times of the job: if it has several schedules, their union.
    [[nodiscard]] const std::optional<Schedule>& schedule() const { return schedule_; }
    [[nodiscard]] const Task& task() const { return task_; }
    [[nodiscard]] JobState state() const { return state_; }
    [[nodiscard]] const JobPolicies& policies() const { return extras().policies; }
    [[nodiscard]] Overlap overlap() const { return policies().overlap; }
    [[nodiscard]] std::uint32_t queue_limit() const { return policies().queue_limit; }
    [[nodiscard]] Misfire misfire() const { return policies().misfire; }
    [[nodiscard]] std::uint32_t misfire_cap() const { return policies().misfire_cap; }
    [[nodiscard]] const std::optional<Duration>& grace() const { return policies().grace; }
    [[nodiscard]] const std::optional<Duration>& timeout() const { return policies().timeout; }
    [[nodiscard]] const std::vector<std::string>& tags() const { return policies().tags; }
    /// None: the scheduler's own node.
    [[nodiscard]] const std::shared_ptr<const RunStrategy>& run_strategy() const {
        return extras().run_strategy;
    }
    [[nodiscard]] const std::optional<Pause>& pause() const { return extras().pause; }
    /// The source of the definition ("quickstart.crontab:12"); empty for jobs created in code. The
    /// text is created on first use, and kept as long as any job of that file.
    [[nodiscard]] const std::string& source() const {
        return origin_ ? origin_.text(line_) : no_text;
    }

    /// 1-256 bytes of UTF-8, without control characters, not starting with '/'.
    [[nodiscard]] Status set_name(std::string name);
    Job& set_schedule(Schedule schedule);
    /// Parses the schedule; an error names the field and the column.
    [[nodiscard]] Status set_schedule(std::string_view text, const ScheduleOptions& options);
    /// The same, in the zone and dialect of the job: those of its defaults, or UTC and `cron`.
    [[nodiscard]] Status set_schedule(std::string_view text);
    /// A literal, such as `"*/5 * * * *"_cron`, in the zone of the job.
    [[nodiscard]] Status set_schedule(const CronExpression& expression);
    /// Adds another set of due times; an instant shared by several is one due time.
    Job& add_schedule(Schedule schedule);
    /// Sets the zone for schedules set as text from now on; one that is already set is parsed
    /// again. Rejects a zone unknown to the time-zone data.
    [[nodiscard]] Status set_zone(std::string_view zone);
    /// Rejects an empty function, a handler without a name, an argv without a program, and a
    /// request that could not be sent as written.
    [[nodiscard]] Status set_task(Task task);
    Job& set_state(JobState state);
    Job& set_overlap(Overlap overlap);
    Job& set_misfire(Misfire misfire);
    /// Rejects a negative duration. None means the documented default.
    [[nodiscard]] Status set_grace(std::optional<Duration> grace);
    /// Refuses 0.
    [[nodiscard]] Status set_misfire_cap(std::uint32_t cap);
    /// Refuses 0.
    [[nodiscard]] Status set_queue_limit(std::uint32_t limit);
    /// Refuses a negative duration.
    [[nodiscard]] Status set_jitter(Duration longest);
    /// Rejects a backoff that is negative or shrinks, or whose jitter is not between 0 and 1.
    [[nodiscard]] Status set_retries(std::uint32_t retries, const Backoff& backoff = {});
    Job& set_retry_past_next(bool past_next);
    Job& set_on_lost(OnLost on_lost);
    /// Rejects a duration that is not positive.
    [[nodiscard]] Status set_timeout(std::optional<Duration> timeout);
    /// Rejects empty and duplicate tags.
    [[nodiscard]] Status set_tags(std::vector<std::string> tags);
    Job& set_run_if_past(bool run_if_past);
    Job& set_run_strategy(std::shared_ptr<const RunStrategy> strategy);
    Job& set_source(std::string_view source);
    /// Usually set by the scheduler: see `Scheduler::pause_job`.
    Job& set_pause(std::optional<Pause> pause);
    /// Set by the scheduler: with `run_if_past`, the instant that had passed.
    Job& set_asked_for(WallTime instant);
    [[nodiscard]] const std::optional<WallTime>& asked_for() const { return extras().asked_for; }

    /// Fills in whatever was not set from `model`, a job created with the defaults; afterwards
    /// everything counts as set.
    void take_defaults(const Job& model);

private:
    friend struct model::JobParts;
    /// Rarely set properties; jobs that set none of them share one instance.
    struct Extras {
        JobPolicies policies;
        std::shared_ptr<const RunStrategy> run_strategy;
        std::optional<Pause> pause;
        std::optional<WallTime> asked_for;
        std::string zone;  // empty: UTC
        Dialect dialect = Dialect::cron;
        DstPolicy dst;
        Setting<DayRule> days;

        friend bool operator==(const Extras&, const Extras&) = default;
    };
    /// What was set explicitly and is not affected by defaults.
    static constexpr std::uint8_t explicit_state = 1;
    static constexpr std::uint8_t explicit_overlap = 2;
    static constexpr std::uint8_t explicit_misfire = 4;
    static constexpr std::uint8_t explicit_cap = 8;
    static constexpr std::uint8_t explicit_grace = 16;
    static constexpr std::uint8_t explicit_strategy = 32;
    static constexpr std::uint8_t explicit_policies = 62;
    static constexpr std::uint8_t explicit_all = 63;

    static const Extras default_extras;
    static const std::string no_text;
    [[nodiscard]] const Extras& extras() const { return extras_ ? *extras_ : default_extras; }

    std::string name_;
    std::optional<Schedule> schedule_;
    [[no_unique_address]] Task task_;  // stored in the padding of the state
    JobState state_ = JobState::active;
    std::uint8_t said_ = 0;
    std::uint32_t line_ = 0;  // line of the source
    Shared<Extras> extras_;
    JobOrigin origin_;
};

}  // namespace quantum
