#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"

namespace quantum {

/// A reference that keeps a job's definition alive. Never null in an Execution.
using JobRef = Shared<Job>;

/// A UUIDv7, which sorts by creation time. The same for every attempt of an execution.
struct ExecutionId {
    std::array<std::uint8_t, 16> bytes{};

    /// 36 lowercase characters: "0193a1b2-....".
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const ExecutionId&, const ExecutionId&) = default;
};

enum class ExecutionKind : std::uint8_t {
    scheduled,  ///< a due time of the job's schedule
    manual,     ///< requested explicitly
};

/// A job at one due time, decided and claimed: what the pipeline sends downstream.
struct Execution {
    ExecutionId id;
    JobRef job;
    WallTime due;         ///< the due time given by the schedule
    WallTime claimed_at;  ///< when it was decided
    WallTime fired;       ///< when it was handed on, its start having been stored
    BootTime fired_boot;  ///< the same on the clock used to measure durations
    std::uint32_t attempt = 1;
    std::uint32_t pass = 0;  ///< greater than 0 only after the wall clock was set back
    ExecutionKind kind = ExecutionKind::scheduled;
    std::uint64_t entry_handle = 0;  ///< for the scheduler's own use; runners must not change it
    /// The node on which it runs; null: the scheduler's own.
    std::shared_ptr<const std::string> node{};
    /// When it may start: `due`, unless there is jitter or this is a retry.
    WallTime not_before{};

    /// How much later than planned it was handed on. Its work began somewhat later; the ledger and
    /// telemetry record that instant.
    [[nodiscard]] Duration lateness() const { return fired - planned(); }
    /// When this attempt was planned to start.
    [[nodiscard]] WallTime planned() const { return not_before > due ? not_before : due; }
    /// Converts a boot time at or after `fired_boot` to what the wall clock would have shown if it
    /// had not been set since.
    [[nodiscard]] WallTime wall_time(BootTime at) const { return fired + (at - fired_boot); }
    /// The inverse of `wall_time`.
    [[nodiscard]] BootTime boot_time(WallTime at) const { return fired_boot + (at - fired); }
};

/// An execution that has been claimed and has not ended.
struct OpenRun {
    ExecutionId id;
    JobRef job;
    WallTime due;
    std::uint32_t attempt = 1;
    ExecutionKind kind = ExecutionKind::scheduled;
    bool is_running = false;  ///< false: it is waiting for earlier runs, a slot, or `not_before`
    bool is_stuck = false;    ///< it is still running after its timeout
    WallTime not_before{};
    std::string node{};  ///< empty: the scheduler's own
};

/// How a run can end. Every run has exactly one outcome; the names are those of the ledger.
enum class OutcomeKind : std::uint8_t { succeeded, failed, timed_out, killed, lost };

[[nodiscard]] std::string_view to_string(OutcomeKind kind);

/// How one run ended.
struct Outcome {
    OutcomeKind kind = OutcomeKind::succeeded;
    std::optional<int> exit_code{};  ///< of a command that exited by itself
    int signal = 0;                  ///< of a command terminated by a signal, otherwise 0
    /// When the work began: the child executed its program, the function was entered, or the
    /// request was sent. None: it did not begin, and `reason` says why; or the instant is unknown.
    /// Not stored; the ledger has it as a wall time, `Entry::started_at`.
    std::optional<BootTime> started{};
    Duration duration{};  ///< measured by the boot clock
    std::string reason;   ///< exception text, spawn error …; empty on success
    std::string result;   ///< the result of the task, if any
    /// The memory of a command's largest process, in bytes. The kernel starts counting before the
    /// command is executed, so this is never less than the memory of the program that started it.
    std::uint64_t peak_memory = 0;
    Duration cpu{};  ///< user and system time of a command and the descendants it waited for

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// The captured part of a run's output: all of it, or its two ends. Raw bytes, unchanged.
struct CapturedOutput {
    std::string head;
    std::string tail;         ///< empty if `head` is everything
    std::uint64_t bytes = 0;  ///< total written; more than both together if it was truncated

    friend bool operator==(const CapturedOutput&, const CapturedOutput&) = default;
};

enum class OutputChannel : std::uint8_t { standard_output, standard_error };

}  // namespace quantum

/// \cond doxygen loses its way in a specialization for another namespace
template <>
struct std::hash<quantum::ExecutionId> {
    [[nodiscard]] std::size_t operator()(const quantum::ExecutionId& id) const noexcept {
        const auto half = std::bit_cast<std::array<std::uint64_t, 2>>(id.bytes);
        return static_cast<std::size_t>(half[0] ^ (half[1] * 0x9e37'79b9'7f4a'7c15U));
    }
};
/// \endcond
