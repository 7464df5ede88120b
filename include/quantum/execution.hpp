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

/// Keeps a job's definition alive for as long as somebody holds it. Never null in an Execution.
using JobRef = Shared<Job>;

/// UUIDv7: sorts by the time it was made. The same for every attempt of one execution.
struct ExecutionId {
    std::array<std::uint8_t, 16> bytes{};

    /// 36 characters, lower case: "0193a1b2-....".
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const ExecutionId&, const ExecutionId&) = default;
};

enum class ExecutionKind : std::uint8_t {
    scheduled,  ///< a due time of the job's schedule
    manual,     ///< somebody asked for it
};

/// One job at one due time, decided and claimed: what the pipeline carries downstream.
struct Execution {
    ExecutionId id;
    JobRef job;
    WallTime due;         ///< the instant the schedule names
    WallTime claimed_at;  ///< when it was decided
    WallTime fired;       ///< when it was handed on, its start being stored
    BootTime fired_boot;  ///< the same on the clock that durations are measured by
    std::uint32_t attempt = 1;
    std::uint32_t pass = 0;  ///< above 0 only after the wall clock was set back
    ExecutionKind kind = ExecutionKind::scheduled;
    std::uint64_t entry_handle = 0;  ///< the scheduler's own mark; runners hand it back as it is
    /// Where it runs; null: on the scheduler's own node.
    std::shared_ptr<const std::string> node{};
    /// From when on it may start: `due`, but for jitter and further attempts.
    WallTime not_before{};

    /// How much later than planned it was handed on. Its work began some time after that, which
    /// the ledger and telemetry tell.
    [[nodiscard]] Duration lateness() const { return fired - planned(); }
    /// When this attempt was to start.
    [[nodiscard]] WallTime planned() const { return not_before > due ? not_before : due; }
    /// A boot time at or after `fired_boot` as the wall clock would show it had it not been set
    /// since.
    [[nodiscard]] WallTime wall_time(BootTime at) const { return fired + (at - fired_boot); }
    /// The other way round: `wall_time` of the result is `at`.
    [[nodiscard]] BootTime boot_time(WallTime at) const { return fired_boot + (at - fired); }
};

/// An execution that was claimed and has not ended.
struct OpenRun {
    ExecutionId id;
    JobRef job;
    WallTime due;
    std::uint32_t attempt = 1;
    ExecutionKind kind = ExecutionKind::scheduled;
    bool is_running = false;  ///< else it waits: for its turn, a slot, or `not_before`
    bool is_stuck = false;    ///< it ran into its timeout and goes on
    WallTime not_before{};
    std::string node{};  ///< empty: the scheduler's own
};

/// The one end a run has. Words as in the ledger.
enum class OutcomeKind : std::uint8_t { succeeded, failed, timed_out, killed, lost };

[[nodiscard]] std::string_view to_string(OutcomeKind kind);

/// How one run ended.
struct Outcome {
    OutcomeKind kind = OutcomeKind::succeeded;
    std::optional<int> exit_code{};  ///< of a command that ended by itself
    int signal = 0;                  ///< of a command that a signal ended, else 0
    /// When the work began: the child executed its program, the function was entered, the request
    /// was begun. None: it did not begin, and `reason` says why; or nobody knows when it did. Not
    /// stored: the ledger keeps it as a wall time, `Entry::started_at`.
    std::optional<BootTime> started{};
    Duration duration{};  ///< by the boot clock
    std::string reason;   ///< exception text, spawn error …; empty on success
    std::string result;   ///< what the task gave back, where it gave something
    /// Of a command's largest process, in bytes. The kernel counts from before the command is
    /// executed: it is never below what the program that started it held.
    std::uint64_t peak_memory = 0;
    Duration cpu{};  ///< of a command and the descendants it waited for, user and system

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// What is kept of a run's output: all of it, or its two ends. Raw bytes, as they were written.
struct CapturedOutput {
    std::string head;
    std::string tail;         ///< empty where `head` is all
    std::uint64_t bytes = 0;  ///< written in truth; more than both together where it was cut

    friend bool operator==(const CapturedOutput&, const CapturedOutput&) = default;
};

enum class OutputChannel : std::uint8_t { standard_output, standard_error };

}  // namespace quantum

template <>
struct std::hash<quantum::ExecutionId> {
    [[nodiscard]] std::size_t operator()(const quantum::ExecutionId& id) const noexcept {
        const auto half = std::bit_cast<std::array<std::uint64_t, 2>>(id.bytes);
        return static_cast<std::size_t>(half[0] ^ (half[1] * 0x9e37'79b9'7f4a'7c15U));
    }
};
