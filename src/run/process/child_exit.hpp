#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/execution.hpp"

// How a child ended: asked of the kernel, and as an outcome.
namespace quantum::run {

/// Who wanted the end of a run.
enum class Ending : std::uint8_t { by_itself, by_timeout, by_request };

struct ChildExit {
    int code = 0;  ///< as in siginfo_t; 0: somebody else of this program has taken it
    int status = 0;
    Duration cpu{};
    std::uint64_t peak_memory = 0;
};

/// Waits for a child's end and takes its status. Nothing: with WNOHANG among the `options`, it has
/// not ended.
[[nodiscard]] std::optional<ChildExit> reap_child(pid_t child, int options);

/// Whether the child has ended, and waits to be reaped; or is not our child any more.
[[nodiscard]] bool is_dead(pid_t child);

/// Fills in kind, reason, exit code, signal and what it used.
void report_exit(Outcome& outcome, const ChildExit& exit, Ending ending, const Command& command);

/// "1.5s".
[[nodiscard]] std::string seconds_text(Duration duration);

}  // namespace quantum::run
