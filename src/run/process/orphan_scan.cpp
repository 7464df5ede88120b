#include "run/process/orphan_scan.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/mutant.hpp"
#include "run/process/living_processes.hpp"
#include "run/process/process_table.hpp"
#include "run/process/reap_reservation.hpp"

namespace quantum::run {
namespace {

// Whoever forks faster than it is searched for is left to the next search.
constexpr int most_searches = 20;

bool has_ended(const base::FileDescriptor& pidfd) {
    pollfd ready{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return poll(&ready, 1, 0) != 0;
}

/// "quantum" for /usr/bin/quantum, also where that file has been replaced since. Empty: it is
/// somebody else's, or gone.
std::string program_of(pid_t pid) {
    std::array<char, PATH_MAX> path{};
    const ssize_t length = readlink(base::proc_path(pid, "exe").c_str(), path.data(), path.size());
    std::string name(path.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    constexpr std::string_view replaced = " (deleted)";
    if (name.ends_with(replaced)) name.resize(name.size() - replaced.size());
    return name.substr(name.rfind('/') + 1);
}

/// The processes there are, and who among them belongs to a scheduler that lives.
class Census {
public:
    explicit Census(const std::vector<LivingCandidate>& living) {
        for (const LivingCandidate& one : living) processes_.emplace(one.process.pid, one.process);
    }

    [[nodiscard]] const std::unordered_map<pid_t, base::Process>& all() const { return processes_; }

    [[nodiscard]] bool has_living_scheduler(const base::Process& process,
                                            const Belonging& belonging) {
        if (mutated(RunMutant::living_scheduler_not_asked)) return false;
        for (const base::Process* one = &process; one != nullptr; one = parent_of(*one)) {
            if (is_own_child(one->pid)) return true;
        }
        if (const auto scheduler = base::process_from(belonging.scheduler)) {
            return is_alive(*scheduler, process);
        }
        for (const base::Process* one = parent_of(process); one != nullptr; one = parent_of(*one)) {
            if (is_scheduler(one->pid)) return true;
        }
        return false;
    }

private:
    /// Null at the top, and where that is this process.
    [[nodiscard]] const base::Process* parent_of(const base::Process& process) const {
        const auto found = processes_.find(process.parent);
        // A younger one has taken over the number since that was read.
        const bool is_parent =
            found != processes_.end() && found->second.started <= process.started;
        return is_parent && process.parent != process.pid ? &found->second : nullptr;
    }

    [[nodiscard]] bool is_alive(const base::ProcessKey& scheduler,
                                const base::Process& child) const {
        // Nobody waits for it here, so it is of an earlier life that had the same process.
        if (scheduler == own_) return false;
        const auto named = processes_.find(scheduler.pid);
        if (named != processes_.end() && named->second.started == scheduler.started) return true;
        // Inside a container it has another number than from here.
        for (const base::Process* one = parent_of(child); one != nullptr; one = parent_of(*one)) {
            if (one->started == scheduler.started && innermost_pid(one->pid) == scheduler.pid) {
                return true;
            }
        }
        return false;
    }

    /// By its program: that of this process, or `quantum` itself.
    [[nodiscard]] bool is_scheduler(pid_t pid) {
        const auto [place, is_new] = programs_.try_emplace(pid);
        if (is_new) place->second = program_of(pid);
        const std::string& program = place->second;
        return !program.empty() && (program == "quantum" || program == own_program_);
    }

    const base::ProcessKey own_ = base::own_process();
    const std::string own_program_ = program_of(getpid());
    std::unordered_map<pid_t, base::Process> processes_;
    std::unordered_map<pid_t, std::string> programs_;
};

/// By process, the execution that it is left over from.
using Left = std::unordered_map<pid_t, ExecutionId>;

Left named_ones(Census& census, const std::vector<LivingCandidate>& living, const LeftRuns& runs) {
    std::unordered_map<std::string, LeftRuns::const_iterator> wanted;
    for (auto run = runs.begin(); run != runs.end(); ++run) wanted.emplace(run->first.text(), run);
    Left left;
    for (const auto& [process, belonging] : living) {
        const pid_t pid = process.pid;
        const auto named = wanted.find(belonging.execution);
        if (named == wanted.end() ||
            (user_of(pid) != named->second->second && !mutated(RunMutant::orphan_of_any_user)))
            continue;
        if (!census.has_living_scheduler(process, belonging)) {
            left.emplace(pid, named->second->first);
        }
    }
    return left;
}

/// A scheduler that was started by a run has runs of its own, which are its to end.
void add_descendants(Census& census, Left& left) {
    if (left.empty() || mutated(RunMutant::descendants_of_orphans_stay)) return;
    for (bool grown = true; grown;) {
        grown = false;
        for (const auto& [pid, process] : census.all()) {
            const auto parent = left.find(process.parent);
            if (parent == left.end() || left.contains(pid)) continue;
            const ExecutionId execution = parent->second;
            const Belonging belonging = belonging_now(pid).value_or(Belonging());
            const bool is_anothers =
                !belonging.scheduler.empty() && census.has_living_scheduler(process, belonging);
            if (!is_anothers) grown |= left.emplace(pid, execution).second;
        }
    }
}

}  // namespace

LivingProcesses orphans_of(const LeftRuns& runs) {
    LivingProcesses found;
    if (runs.empty()) return found;
    std::set<uid_t> users;
    for (const auto& [id, user] : runs) users.insert(user);
    const auto living = living_processes(users);
    if (!living) return found;
    Census census(*living);
    Left left = named_ones(census, *living, runs);
    add_descendants(census, left);
    for (const auto& [pid, execution] : left) {
        base::FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
        // While it lives its number is its own: then it is the one that was looked at.
        if (!pidfd || has_ended(pidfd)) continue;
        if (base::read_process(pid).started != census.all().at(pid).started) continue;
        found[execution].push_back({pid, std::move(pidfd)});
    }
    return found;
}

LivingProcesses signal_orphans(const LeftRuns& runs, int signal) {
    std::set<base::ProcessKey> sent;
    for (int search = 1;; ++search) {
        LivingProcesses found = orphans_of(runs);
        bool is_new = false;
        for (const auto& [execution, processes] : found) {
            for (const LivingProcess& process : processes) {
                const base::ProcessKey key{process.pid, base::read_process(process.pid).started};
                if (!sent.insert(key).second) continue;
                is_new = true;
                syscall(SYS_pidfd_send_signal, process.pidfd.get(), signal, nullptr, 0);
                // A stopped process cannot answer.
                if (!mutated(RunMutant::stopped_orphan_stays))
                    syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGCONT, nullptr, 0);
            }
        }
        if (!is_new || search == most_searches || mutated(RunMutant::one_search_for_orphans))
            return found;
    }
}

}  // namespace quantum::run
