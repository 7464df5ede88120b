#pragma once

#include <map>
#include <vector>

#include <sys/types.h>

#include "quantum/execution.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::run {

/// A process of an execution, with a pidfd that becomes readable when it ends.
struct LivingProcess {
    pid_t pid = 0;
    base::FileDescriptor pidfd;
};

using LivingProcesses = std::map<ExecutionId, std::vector<LivingProcess>>;

/// Executions of an earlier process, and the user of each.
using LeftRuns = std::map<ExecutionId, uid_t>;

/// What is still running of them: the processes whose environment names one, and their descendants,
/// except this process itself. Zombies do not count. An execution without running processes has no
/// key.
///
/// A process is left alone, with all its descendants,
[[nodiscard]] LivingProcesses orphans_of(const LeftRuns& runs);

/// Sends a signal to each of these processes, and to those that they start in the meantime,
/// searching until a search finds nothing new. Returns what the last search found.
LivingProcesses signal_orphans(const LeftRuns& runs, int signal);

}  // namespace quantum::run
