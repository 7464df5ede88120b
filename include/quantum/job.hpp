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

namespace quantum {

enum class JobState : std::uint8_t {
    active,
    inactive,  ///< nothing is due until it is activated
    finished,  ///< its single due time is over
};

[[nodiscard]] std::string_view to_string(JobState state);

/// What jobs are made with where they do not say otherwise.
struct JobDefaults {
    std::string zone = "UTC";
    Dialect dialect = Dialect::cron;
    DstPolicy dst = {};
    Setting<DayRule> days = {};  ///< none: the rule of the dialect
    std::optional<Schedule> schedule = std::nullopt;
    JobState state = JobState::active;
    Overlap overlap = Overlap::skip;
    Misfire misfire = Misfire::one;
    std::uint32_t misfire_cap = 100;
    std::optional<Duration> grace = std::nullopt;
    std::shared_ptr<const RunStrategy> run_strategy = nullptr;  ///< none: on the scheduler's node
};

/// Where jobs say they come from, held once for all lines of a file. Nothing to see here;
/// `Job::source` tells it.
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
    /// "name:line"; of line 0 the name. Made when it is asked for, and kept.
    [[nodiscard]] const std::string& text(std::uint32_t line) const;

    /// Whether it is the same one; not whether it is an equal one.
    friend bool operator==(const JobOrigin&, const JobOrigin&) = default;

private:
    struct Cell;
    void drop() noexcept;

    Cell* cell_ = nullptr;
};

/// A schedule and a task under a name. A value; setters check and return the job for chaining.
///
/// What is not set is taken from `SchedulerConfig::defaults` when a scheduler accepts the job; up
/// to then the getters show the library's own defaults. `Scheduler::new_job` gives a job that has
/// the scheduler's defaults already, zone and dialect of its schedule included.
///
/// Copies share what is large or rare: command, policies, source. A job that says nothing rare has
/// none of it.
///
/// Thread-safety: as any value; the scheduler holds it const.
class Job {
public:
    Job() = default;
    /// With everything that `defaults` says; schedules set as text are read in its zone and
    /// dialect.
    explicit Job(const JobDefaults& defaults);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// All due times of the job: of several schedules their union.
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
    /// None: on the scheduler's own node.
    [[nodiscard]] const std::shared_ptr<const RunStrategy>& run_strategy() const {
        return extras().run_strategy;
    }
    [[nodiscard]] const std::optional<Pause>& pause() const { return extras().pause; }
    /// Where the definition came from ("quickstart.crontab:12"); empty for jobs made in code.
    /// The text is made when it is asked for, and kept as long as any job of that file.
    [[nodiscard]] const std::string& source() const {
        return origin_ ? origin_.text(line_) : no_text;
    }

    /// 1-256 bytes of UTF-8, no control characters, not beginning with '/'.
    [[nodiscard]] Status set_name(std::string name);
    Job& set_schedule(Schedule schedule);
    /// Parses first; the error names the field and the column.
    [[nodiscard]] Status set_schedule(std::string_view text, const ScheduleOptions& options);
    /// In the zone and dialect of the job: those of its defaults, or UTC and `cron`.
    [[nodiscard]] Status set_schedule(std::string_view text);
    /// One more set of due times; an instant that several share is one due time.
    Job& add_schedule(Schedule schedule);
    /// Schedules set as text from now on are read in this zone, and one that is set already is
    /// read anew. Refuses a zone that the zone data does not know.
    [[nodiscard]] Status set_zone(std::string_view zone);
    /// Refuses an empty function, a nameless handler, an argv without a program, a request that
    /// could not be sent as it is written.
    [[nodiscard]] Status set_task(Task task);
    Job& set_state(JobState state);
    Job& set_overlap(Overlap overlap);
    Job& set_misfire(Misfire misfire);
    /// Refuses a negative duration; none means the documented default.
    [[nodiscard]] Status set_grace(std::optional<Duration> grace);
    /// Refuses 0.
    [[nodiscard]] Status set_misfire_cap(std::uint32_t cap);
    /// Refuses 0.
    [[nodiscard]] Status set_queue_limit(std::uint32_t limit);
    /// Refuses a negative duration.
    [[nodiscard]] Status set_jitter(Duration longest);
    /// Refuses a backoff that is negative, shrinks, or whose jitter is not within 0 and 1.
    [[nodiscard]] Status set_retries(std::uint32_t retries, const Backoff& backoff = {});
    Job& set_retry_past_next(bool past_next);
    Job& set_on_lost(OnLost on_lost);
    /// Refuses a duration that is not positive.
    [[nodiscard]] Status set_timeout(std::optional<Duration> timeout);
    /// Refuses an empty tag and one that is there twice.
    [[nodiscard]] Status set_tags(std::vector<std::string> tags);
    Job& set_run_if_past(bool run_if_past);
    Job& set_run_strategy(std::shared_ptr<const RunStrategy> strategy);
    Job& set_source(std::string_view source);
    /// Usually the scheduler's business: see `Scheduler::pause_job`.
    Job& set_pause(std::optional<Pause> pause);
    /// The scheduler's business: with `run_if_past`, the instant that was over.
    Job& set_asked_for(WallTime instant);
    [[nodiscard]] const std::optional<WallTime>& asked_for() const { return extras().asked_for; }

    /// Fills in what was not set from `model`, a job made with the defaults; all counts as set
    /// after that.
    void take_defaults(const Job& model);

private:
    friend struct JobParts;
    /// What few jobs set; jobs that set none of it share one.
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
    /// What was set, and is no default's business any more.
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
    [[no_unique_address]] Task task_;  // the state has room behind it
    JobState state_ = JobState::active;
    std::uint8_t said_ = 0;
    std::uint32_t line_ = 0;  // of the source
    Shared<Extras> extras_;
    JobOrigin origin_;
};

}  // namespace quantum
