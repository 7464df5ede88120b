#include "run/orphan_scan.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace quantum {
namespace {

constexpr std::string_view variable = "QUANTUM_EXECUTION_ID=";
constexpr std::size_t id_length = 36;
// What the kernel lets a process have, arguments and environment together.
constexpr std::size_t longest_environment = std::size_t{6} * 1024 * 1024;

// Empty where it cannot be read: gone, a zombie, somebody else's.
std::string environment_of(const std::string& process) {
    const std::string path = "/proc/" + process + "/environ";
    const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return {};
    if (geteuid() != 0 && status.st_uid != geteuid()) return {};
    std::string text;
    std::array<char, 16384> buffer{};
    while (text.size() < longest_environment) {
        const ssize_t got = read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

std::optional<std::string_view> execution_in(std::string_view environment) {
    for (std::size_t at = environment.find(variable); at != std::string_view::npos;
         at = environment.find(variable, at + 1)) {
        if (at != 0 && environment[at - 1] != '\0') continue;
        return environment.substr(at + variable.size(), id_length);
    }
    return std::nullopt;
}

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
        const std::string environment = environment_of(name);
        const auto id = execution_in(environment);
        if (!id) continue;
        const auto place = wanted.find(std::string(*id));
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
