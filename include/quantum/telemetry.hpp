#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "quantum/execution.hpp"

namespace quantum {

enum class TelemetryKind : std::uint8_t {
    job_add,
    job_update,
    job_delete,
    job_start,            ///< a run begins; `execution` is set
    job_output,           ///< one line of a run's output; `execution`, `channel`, `text` are set
    job_output_left_out,  ///< lines too fast to be told one by one; `execution` is set, `text` says
                          ///< how many
    job_stop,             ///< a run ended with success; `execution`, `outcome` are set
    job_exception,        ///< a run ended otherwise; `execution`, `outcome` are set
    job_skip,             ///< a due time that did not run; `text` is the reason, `due` is set
    job_stuck,            ///< a function goes on after its timeout, or has ended after all: `text`
    scheduler_state,      ///< degraded, healed, stopped …; `text` says which
};

[[nodiscard]] std::string_view to_string(TelemetryKind kind);

/// A set of kinds, one bit each: what a listener wants to hear.
using TelemetryKinds = std::uint32_t;

[[nodiscard]] constexpr TelemetryKinds kind_bit(TelemetryKind kind) {
    return TelemetryKinds{1} << static_cast<unsigned>(kind);
}

inline constexpr TelemetryKinds all_telemetry = ~TelemetryKinds{0};

/// Something happened. Pointers and views are valid during the call only; absent ones are null.
struct TelemetryEvent {
    TelemetryKind kind = TelemetryKind::scheduler_state;
    std::string_view scheduler = {};
    std::string_view node = {};
    WallTime time = {};
    const Job* job = nullptr;
    const Execution* execution = nullptr;
    const Outcome* outcome = nullptr;
    /// When the work of `execution` began: of `job_start`, and of the end of a run that did begin.
    std::optional<WallTime> started_at{};
    OutputChannel channel = OutputChannel::standard_output;
    WallTime due{};
    std::string_view text = {};
    int pid = 0;
};

/// Runs on the thread where the event happened; must be quick, may throw (it is fenced and logged),
/// must not attach or detach.
using TelemetryListener = std::function<void(const TelemetryEvent&)>;

enum class ListenerId : std::uint64_t {};

}  // namespace quantum
