#include "run/orphan_scan.hpp"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/process_table.hpp"

namespace quantum {
namespace {

bool has_ended(const FileDescriptor& pidfd) {
    pollfd ready{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return poll(&ready, 1, 0) != 0;
}

}  // namespace

LivingProcesses processes_of(const std::set<ExecutionId>& executions) {
    LivingProcesses found;
    const std::unique_ptr<DIR, int (*)(DIR*)> processes(opendir("/proc"), closedir);
    if (!processes || executions.empty()) return found;
    std::unordered_map<std::string, ExecutionId> wanted;
    for (const ExecutionId& id : executions) wanted.emplace(id.text(), id);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
    while (const dirent* entry = readdir(processes.get())) {
        const std::string name = entry->d_name;
        if (name[0] < '1' || name[0] > '9') continue;
        const auto pid = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
        if (pid == getpid()) continue;
        FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
        if (!pidfd) continue;
        const auto place = wanted.find(execution_named_by(pid));
        // While the process lives its number is its own: then that was its environment.
        if (place == wanted.end() || has_ended(pidfd)) continue;
        found[place->second].push_back({pid, std::move(pidfd)});
    }
    return found;
}

void signal_groups(const std::vector<LivingProcess>& processes, int signal) {
    for (const LivingProcess& process : processes) {
        const pid_t group = getpgid(process.pid);
        if (has_ended(process.pidfd)) continue;
        if (group > 1 && group != getpgrp()) {
            kill(-group, signal);
        } else {
            syscall(SYS_pidfd_send_signal, process.pidfd.get(), signal, nullptr, 0);
        }
    }
}

}  // namespace quantum
