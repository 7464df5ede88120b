#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "quantum/command.hpp"
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
/// handler, or a child process.
using Task = std::variant<std::monostate, Function, ExecutionFunction, HandlerCall, Command>;

enum class JobState : std::uint8_t { active, inactive };

/// What a due run does while an earlier one of the job is still open.
enum class Overlap : std::uint8_t { allow, skip };

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
    /// Where the definition came from ("quickstart.crontab:12"); empty for jobs made in code.
    [[nodiscard]] const std::string& source() const { return source_; }

    /// 1-256 bytes of UTF-8, no control characters, not beginning with '/'.
    [[nodiscard]] Status set_name(std::string name);
    Job& set_schedule(Schedule schedule);
    /// Refuses an empty function, a nameless handler, an argv without a program.
    [[nodiscard]] Status set_task(Task task);
    Job& set_state(JobState state);
    Job& set_overlap(Overlap overlap);
    Job& set_run_strategy(std::shared_ptr<const RunStrategy> strategy);
    Job& set_source(std::string source);

private:
    std::string name_;
    std::optional<Schedule> schedule_;
    Task task_;
    JobState state_ = JobState::active;
    Overlap overlap_ = Overlap::skip;
    std::shared_ptr<const RunStrategy> run_strategy_;
    std::string source_;
};

}  // namespace quantum
