#pragma once

#include <map>
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

/// Executions of an earlier process, and as which user each of them ran.
using LeftRuns = std::map<ExecutionId, uid_t>;

/// What still runs of them: the processes whose environment names one, and their descendants; never
/// this process itself. Zombies do not count. An execution that nothing runs of has no key.
///
/// A process is left alone, with all that descends from it,
/// - while the scheduler lives that its QUANTUM_SCHEDULER names: a copy of a ledger names the runs
///   of the original too. Where it names none (an earlier version's child), while any of its
///   ancestors is a scheduler;
/// - where it is, or descends from, a child that a runner of this process waits for;
/// - where its real user is not the run's own: anybody may write an id into an environment.
[[nodiscard]] LivingProcesses orphans_of(const LeftRuns& runs);

/// Sends a signal to each of these processes, and to those that they start meanwhile: search after
/// search, until one finds nobody new. Gives what the last one found.
LivingProcesses signal_orphans(const LeftRuns& runs, int signal);

}  // namespace quantum
