#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "quantum/execution.hpp"

namespace quantum {

struct StoredJob;  // quantum/storage/storage.hpp

enum class TelemetryKind : std::uint8_t {
    job_add,
    job_update,
    job_delete,
    job_start,            ///< a run starts; `execution` is set
    job_output,           ///< a line of a run's output; `execution`, `channel`, `text` are set
    job_output_left_out,  ///< lines that came too fast to be reported; `execution` is set, `text`
                          ///< says how many
    job_stop,             ///< a run succeeded; `execution`, `outcome` are set
    job_exception,        ///< a run ended in any other way; `execution`, `outcome` are set
    job_skip,             ///< a due time that did not run; `text` is the reason, `due` is set
    job_stuck,            ///< a function is running after its timeout, which was its end: there is
                          ///< no outcome; `execution` is set
    scheduler_state,      ///< degraded, healed, stopped …: see `text`
    job_late_end,  ///< a run that had its end before, because it timed out or was lost, is over
                   ///< after all: there is no outcome; `execution` is set, `text` says how
    job_unbound,   ///< an active job has no function: its due times wait; `text` says which
    job_bound,     ///< its function has arrived
};

[[nodiscard]] std::string_view to_string(TelemetryKind kind);

/// A set of kinds, one bit per kind: what a listener wants to receive.
using TelemetryKinds = std::uint32_t;

[[nodiscard]] constexpr TelemetryKinds kind_bit(TelemetryKind kind) {
    return TelemetryKinds{1} << static_cast<unsigned>(kind);
}

inline constexpr TelemetryKinds all_telemetry = ~TelemetryKinds{0};

/// An event. Pointers and views are valid only during the call; absent ones are null.
///
/// Each attempt has exactly one end: a `job_stop` or a `job_exception`, the only kinds with an
/// outcome.
struct TelemetryEvent {
    TelemetryKind kind = TelemetryKind::scheduler_state;
    std::string_view scheduler = {};
    std::string_view node = {};
    WallTime time = {};
    const Job* job = nullptr;
    const Execution* execution = nullptr;
    const Outcome* outcome = nullptr;
    /// When the work of `execution` began: for `job_start`, and for the end of a run that did
    /// start.
    std::optional<WallTime> started_at{};
    OutputChannel channel = OutputChannel::standard_output;
    WallTime due{};
    std::string_view text = {};
    int pid = 0;
    /// For `job_add` and `job_update`: the definition as accepted, with its revision.
    const StoredJob* stored = nullptr;
};

/// Runs on the thread where the event happened. It must be quick, and may throw (exceptions are
/// caught and logged). In it, the scheduler's `attach`, `detach` and `drain` work; calls that would
/// have to wait fail with `unavailable` at once. It is not told of what it causes itself.
using TelemetryListener = std::function<void(const TelemetryEvent&)>;

enum class ListenerId : std::uint64_t {};

}  // namespace quantum
