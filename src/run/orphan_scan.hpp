#pragma once

#include <map>
#include <set>
#include <vector>

#include <sys/types.h>

#include "quantum/execution.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// A process of an execution, and how to see it end: the pidfd turns readable.
struct LivingProcess {
    pid_t pid = 0;
    FileDescriptor pidfd;
};

using LivingProcesses = std::map<ExecutionId, std::vector<LivingProcess>>;

/// The processes whose environment names one of the executions; never this process itself.
/// Zombies do not count. An execution that nothing runs of has no key.
[[nodiscard]] LivingProcesses processes_of(const std::set<ExecutionId>& executions);

/// Sends the signal to the process group of each; to the process alone where that is our own group.
void signal_groups(const std::vector<LivingProcess>& processes, int signal);

}  // namespace quantum
