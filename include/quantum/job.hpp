#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/result.hpp"
#include "quantum/run_strategy.hpp"
#include "quantum/schedule.hpp"

namespace quantum {

struct Execution;

/// A registered handler and its arguments: a task that can be stored.
struct HandlerCall {
    std::string name;
    std::string arguments;  ///< JSON text that the core does not parse

    friend bool operator==(const HandlerCall&, const HandlerCall&) = default;
};

using Function = std::function<void()>;
using ExecutionFunction = std::function<void(const Execution&)>;

/// What a job does: a function, a function that is told which execution it is, a registered
/// handler, a child process, or an HTTP request.
using Task =
    std::variant<std::monostate, Function, ExecutionFunction, HandlerCall, Command, HttpRequest>;

enum class JobState : std::uint8_t { active, inactive };

/// What a due run does while an earlier one of the job is still open.
enum class Overlap : std::uint8_t {
    allow,    ///< it runs beside the other
    skip,     ///< it does not run; the ledger says so
    queue,    ///< it waits for its turn, in due order; what finds the queue full is skipped
    replace,  ///< the other is ended first
};

/// What becomes of due times that were missed: noticed too late, or across a restart, a suspend or
/// a step of the clock.
enum class Misfire : std::uint8_t {
    one,   ///< the latest runs, the earlier ones are coalesced into it
    all,   ///< each runs, oldest first, up to a cap
    skip,  ///< none runs
};

/// A schedule and a task under a name. A value; setters check and return the job for chaining.
///
/// Thread-safety: as any value; the scheduler holds it const.
class Job {
public:
    Job() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::optional<Schedule>& schedule() const { return schedule_; }
    [[nodiscard]] const Task& task() const { return task_; }
    [[nodiscard]] JobState state() const { return state_; }
    [[nodiscard]] Overlap overlap() const { return overlap_; }
    [[nodiscard]] const std::shared_ptr<const RunStrategy>& run_strategy() const {
        return run_strategy_;
    }
    [[nodiscard]] Misfire misfire() const { return misfire_; }
    /// How late a missed due time may still run; none: half the distance to the next, as
    /// documented.
    [[nodiscard]] const std::optional<Duration>& grace() const { return grace_; }
    /// With `Misfire::all`, how many run at most after one gap.
    [[nodiscard]] std::uint32_t misfire_cap() const { return misfire_cap_; }
    /// With `Overlap::queue`, how many wait at most.
    [[nodiscard]] std::uint32_t queue_limit() const { return queue_limit_; }
    /// Where the definition came from ("quickstart.crontab:12"); empty for jobs made in code.
    [[nodiscard]] const std::string& source() const { return source_; }

    /// 1-256 bytes of UTF-8, no control characters, not beginning with '/'.
    [[nodiscard]] Status set_name(std::string name);
    Job& set_schedule(Schedule schedule);
    /// Parses first; the error names the field and the column.
    [[nodiscard]] Status set_schedule(std::string_view text, const ScheduleOptions& options = {});
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
    Job& set_run_strategy(std::shared_ptr<const RunStrategy> strategy);
    Job& set_source(std::string source);

private:
    std::string name_;
    std::optional<Schedule> schedule_;
    Task task_;
    JobState state_ = JobState::active;
    Overlap overlap_ = Overlap::skip;
    Misfire misfire_ = Misfire::one;
    std::uint32_t misfire_cap_ = 100;
    std::uint32_t queue_limit_ = 1;
    std::optional<Duration> grace_;
    std::shared_ptr<const RunStrategy> run_strategy_;
    std::string source_;
};

}  // namespace quantum
