#include "run/process_tree.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

#include "run/control_group.hpp"
#include "run/process_table.hpp"

namespace quantum {
namespace {

// A bomb that forks faster than it is swept is left to the next sweep.
constexpr int most_rounds = 20;

bool carries(pid_t pid, std::string_view mark) {
    constexpr std::size_t most_environment = std::size_t{4} << 20U;
    const std::string text = read_kernel_file(proc_path(pid, "environ"), most_environment);
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const std::size_t end = at + mark.size();
        const bool begins = at == 0 || text[at - 1] == '\0';
        if (begins && (end == text.size() || text[end] == '\0')) return true;
    }
    return false;
}

std::set<pid_t> in_control_group(const std::string& directory) {
    std::set<pid_t> pids;
    if (directory.empty()) return pids;
    const std::string text = read_kernel_file(directory + "/cgroup.procs", std::size_t{4} << 20U);
    const char* at = text.c_str();
    for (char* end = nullptr;; at = end) {
        const long pid = std::strtol(at, &end, 10);
        if (end == at) return pids;
        pids.insert(static_cast<pid_t>(pid));
    }
}

std::optional<std::vector<Process>> members_of(const ProcessTree& tree) {
    auto processes = read_processes();
    if (!processes) return std::nullopt;
    processes->erase(std::remove_if(processes->begin(), processes->end(),
                                    [](const Process& p) { return !p.lives(); }),
                     processes->end());
    const std::set<pid_t> grouped = in_control_group(tree.control_group);
    std::vector<Process> members;
    const auto move_where = [&](auto&& belongs) {
        const auto rest = std::stable_partition(processes->begin(), processes->end(),
                                                [&](const Process& p) { return !belongs(p); });
        const bool any = rest != processes->end();
        members.insert(members.end(), rest, processes->end());
        processes->erase(rest, processes->end());
        return any;
    };
    move_where([&](const Process& p) {
        return p.pid == tree.leader || p.group == tree.leader || p.session == tree.leader ||
               p.parent == tree.leader || tree.known.count({p.pid, p.started}) > 0 ||
               grouped.count(p.pid) > 0 || carries(p.pid, tree.mark);
    });
    const auto is_child = [&](const Process& p) {
        return std::any_of(members.begin(), members.end(),
                           [&](const Process& member) { return member.pid == p.parent; });
    };
    while (move_where(is_child)) {
    }
    return members;
}

/// Holds a process so that its number cannot pass to another one; nothing where it has ended.
FileDescriptor hold(const Process& process) {
    FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    // The number may have gone to another process before it was held.
    const Process now = read_process(process.pid);
    if (!now.lives() || now.started != process.started) pidfd.reset();
    return pidfd;
}

}  // namespace

std::optional<std::vector<FileDescriptor>> sweep(ProcessTree& tree, int signal, std::size_t most) {
    if (signal == SIGKILL && !tree.control_group.empty()) kill_control_group(tree.control_group);
    std::set<ProcessKey> sent;
    std::vector<FileDescriptor> held;
    for (int round = 0; round < most_rounds; ++round) {
        const auto members = members_of(tree);
        if (!members) return std::nullopt;
        held.clear();
        bool fresh = false;
        for (const Process& member : *members) {
            FileDescriptor pidfd = hold(member);
            if (!pidfd) continue;
            const ProcessKey key{member.pid, member.started};
            tree.known.insert(key);
            if (signal != 0 && sent.insert(key).second) {
                fresh = true;
                syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
                // A stopped process cannot answer.
                syscall(SYS_pidfd_send_signal, pidfd.get(), SIGCONT, nullptr, 0);
            }
            if (held.size() < most) held.push_back(std::move(pidfd));
        }
        if (!fresh) break;
    }
    return held;
}

}  // namespace quantum
