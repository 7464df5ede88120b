#include "run/process/process_tree.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <unordered_set>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

#include "run/mutant.hpp"
#include "run/process/control_group.hpp"
#include "run/process/process_table.hpp"

namespace quantum {
namespace {

// A bomb that forks faster than it is swept is left to the next sweep.
constexpr int most_rounds = 20;

struct Candidate {
    Process process;
    Belonging belonging;
};

std::optional<std::vector<Candidate>> living_processes() {
    const auto processes = read_processes();
    if (!processes) return std::nullopt;
    std::vector<Candidate> living;
    living.reserve(processes->size());
    for (const Process& process : *processes) {
        if (process.lives()) living.push_back({process, belonging_of(process.pid)});
    }
    return living;
}

std::unordered_set<pid_t> in_control_group(const std::string& directory) {
    std::unordered_set<pid_t> pids;
    if (directory.empty()) return pids;
    const std::string text =
        read_kernel_file(directory + "/cgroup.procs", std::size_t{4} * 1024 * 1024);
    const char* at = text.c_str();
    for (char* end = nullptr;; at = end) {
        const long pid = std::strtol(at, &end, 10);
        if (end == at) return pids;
        pids.insert(static_cast<pid_t>(pid));
    }
}

std::vector<Process> members_of(const ProcessTree& tree, const std::vector<Candidate>& living) {
    const auto grouped = in_control_group(tree.control_group);
    std::unordered_set<pid_t> pids{tree.leader};
    std::vector<Process> members;
    std::vector<Process> others;
    for (const auto& [process, belonging] : living) {
        const bool is_named = belonging.execution == tree.execution &&
                              (belonging.scheduler == tree.scheduler ||
                               mutated(RunMutant::tree_of_another_scheduler));
        const bool belongs =
            process.pid == tree.leader || process.group == tree.leader ||
            (process.session == tree.leader && !mutated(RunMutant::session_not_looked_at)) ||
            (is_named && !mutated(RunMutant::name_not_looked_at)) ||
            tree.known.contains({process.pid, process.started}) || grouped.contains(process.pid);
        (belongs ? members : others).push_back(process);
        if (belongs) pids.insert(process.pid);
    }
    for (bool grown = true; grown;) {
        const auto rest = std::stable_partition(
            others.begin(), others.end(),
            [&](const Process& process) { return !pids.contains(process.parent); });
        grown = rest != others.end() && !mutated(RunMutant::grandchildren_get_away);
        for (auto child = rest; child != others.end(); ++child) pids.insert(child->pid);
        members.insert(members.end(), rest, others.end());
        others.erase(rest, others.end());
    }
    return members;
}

/// Holds a process so that its number cannot pass to another one; nothing where it has ended.
FileDescriptor hold(const Process& process) {
    FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    // The number may have gone to another process before it was held.
    const Process now = read_process(process.pid);
    if (!now.lives() || (now.started != process.started && !mutated(RunMutant::number_of_another)))
        pidfd.reset();
    return pidfd;
}

/// One round of one sweep; true if it found somebody new.
bool sweep_once(Sweep& sweep, const std::vector<Candidate>& living, std::set<ProcessKey>& sent) {
    auto& held = sweep.found.emplace();
    bool fresh = false;
    for (const Process& member : members_of(sweep.tree, living)) {
        FileDescriptor pidfd = hold(member);
        if (!pidfd) continue;
        const ProcessKey key{member.pid, member.started};
        sweep.tree.known.insert(key);
        if (sweep.signal != 0 && sent.insert(key).second) {
            fresh = true;
            syscall(SYS_pidfd_send_signal, pidfd.get(), sweep.signal, nullptr, 0);
            // A stopped process cannot answer.
            if (!mutated(RunMutant::stopped_process_stays))
                syscall(SYS_pidfd_send_signal, pidfd.get(), SIGCONT, nullptr, 0);
        }
        if (held.size() < sweep.most) held.push_back(std::move(pidfd));
    }
    return fresh;
}

}  // namespace

void sweep(std::span<Sweep> sweeps) {
    for (const Sweep& sweep : sweeps) {
        const std::string& group = sweep.tree.control_group;
        if (sweep.signal == SIGKILL && !group.empty()) kill_control_group(group);
    }
    std::vector<std::set<ProcessKey>> sent(sweeps.size());
    std::vector<bool> done(sweeps.size());
    for (int round = 0; round < most_rounds; ++round) {
        const auto living = living_processes();
        bool fresh = false;
        for (std::size_t i = 0; i < sweeps.size(); ++i) {
            if (!living) sweeps[i].found.reset();
            if (!living || done[i]) continue;
            done[i] = !sweep_once(sweeps[i], *living, sent[i]);
            fresh |= !done[i];
        }
        if (!fresh) return;
    }
}

void TreeSweeper::submit(Sweep sweep, Done done) {
    {
        const MutexLock lock(mutex_);
        waiting_.push_back({std::move(sweep), std::move(done)});
        if (waiting_.size() > 1) return;  // the first of them has called the thread
    }
    if (!thread_.submit({}, [this] { run(); })) run();
}

void TreeSweeper::run() noexcept {
    std::vector<Request> requests;
    {
        const MutexLock lock(mutex_);
        requests.swap(waiting_);
    }
    std::vector<Sweep> sweeps;
    sweeps.reserve(requests.size());
    for (Request& request : requests) sweeps.push_back(std::move(request.sweep));
    sweep(sweeps);
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i].done(std::move(sweeps[i].found));
}

}  // namespace quantum
