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
#include "run/process/living_processes.hpp"
#include "run/process/process_table.hpp"

namespace quantum::run {
namespace {

// A bomb that forks faster than it is swept is left to the next sweep.
constexpr int most_rounds = 20;

std::unordered_set<pid_t> in_control_group(const std::string& directory) {
    std::unordered_set<pid_t> pids;
    if (directory.empty()) return pids;
    const std::string text =
        base::read_kernel_file(directory + "/cgroup.procs", std::size_t{4} * 1024 * 1024);
    const char* at = text.c_str();
    for (char* end = nullptr;; at = end) {
        const long pid = std::strtol(at, &end, 10);
        if (end == at) return pids;
        pids.insert(static_cast<pid_t>(pid));
    }
}

std::vector<base::Process> members_of(const ProcessTree& tree,
                                      const std::vector<LivingCandidate>& living) {
    const auto grouped = in_control_group(tree.control_group);
    std::unordered_set<pid_t> pids{tree.leader};
    std::vector<base::Process> members;
    std::vector<base::Process> others;
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
            [&](const base::Process& process) { return !pids.contains(process.parent); });
        grown = rest != others.end() && !mutated(RunMutant::grandchildren_get_away);
        for (auto child = rest; child != others.end(); ++child) pids.insert(child->pid);
        members.insert(members.end(), rest, others.end());
        others.erase(rest, others.end());
    }
    return members;
}

/// Holds a process so that its number cannot pass to another one; nothing where it has ended.
base::FileDescriptor hold(const base::Process& process) {
    base::FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    // The number may have gone to another process before it was held.
    const base::Process now = base::read_process(process.pid);
    if (!now.lives() || (now.started != process.started && !mutated(RunMutant::number_of_another)))
        pidfd.reset();
    return pidfd;
}

/// One round of one sweep; true if it found somebody new.
bool sweep_once(Sweep& sweep, const std::vector<LivingCandidate>& living,
                std::set<base::ProcessKey>& sent) {
    auto& held = sweep.found.emplace();
    bool fresh = false;
    for (const base::Process& member : members_of(sweep.tree, living)) {
        base::FileDescriptor pidfd = hold(member);
        if (!pidfd) continue;
        const base::ProcessKey key{member.pid, member.started};
        sweep.tree.known.insert(key);
        // A second time is another word to many a program.
        const bool has_it = sweep.group_has_it && member.group == sweep.tree.leader;
        if (sweep.signal != 0 && !has_it && sent.insert(key).second) {
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
    std::vector<std::set<base::ProcessKey>> sent(sweeps.size());
    std::vector<bool> done(sweeps.size());
    std::set<uid_t> users;
    for (const Sweep& sweep : sweeps) users.insert(sweep.tree.user);
    for (int round = 0; round < most_rounds; ++round) {
        const auto living = living_processes(users);
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

void note_descendants(ProcessTree& tree, std::size_t most) {
    std::vector<pid_t> parents{tree.leader};
    for (std::size_t at = 0; at < parents.size() && parents.size() <= most; ++at) {
        const std::string pid = std::to_string(parents[at]);
        const std::string children =
            base::read_kernel_file(base::proc_path(parents[at], "task/" + pid + "/children"), 4096);
        for (const char* next = children.c_str(); parents.size() <= most;) {
            char* end = nullptr;
            const auto child = static_cast<pid_t>(std::strtol(next, &end, 10));
            if (end == next) break;
            next = end;
            const base::Process process = base::read_process(child);
            if (process.parent != parents[at] || !process.lives()) continue;
            tree.known.insert({child, process.started});
            parents.push_back(child);
        }
    }
}

void TreeSweeper::submit(Sweep sweep, Done done) {
    const uid_t user = sweep.tree.user;
    {
        const base::MutexLock lock(mutex_);
        auto& waiting = waiting_[user];
        waiting.push_back({std::move(sweep), std::move(done)});
        if (waiting.size() > 1) return;  // the first of them has called the thread
    }
    if (!threads_.submit(std::to_string(user), [this, user] { run(user); })) run(user);
}

void TreeSweeper::run(uid_t user) noexcept {
    std::vector<Request> requests;
    {
        const base::MutexLock lock(mutex_);
        const auto waiting = waiting_.find(user);
        if (waiting == waiting_.end()) return;
        requests = std::move(waiting->second);
        waiting_.erase(waiting);
    }
    std::vector<Sweep> sweeps;
    sweeps.reserve(requests.size());
    for (Request& request : requests) sweeps.push_back(std::move(request.sweep));
    sweep(sweeps);
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i].done(std::move(sweeps[i].found));
}

}  // namespace quantum::run
