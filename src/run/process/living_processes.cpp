#include "run/process/living_processes.hpp"

#include <chrono>
#include <cstddef>
#include <thread>

#include <sys/stat.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

using std::chrono::steady_clock;

// Of one search. Thousands of processes are read in a tenth of that.
constexpr auto reading_budget = std::chrono::milliseconds(300);

// Between looks at those that are just executing a program: 15 ms in all.
constexpr int most_looks = 4;

/// As `user_of`, by one small look where the process is anybody's but root's.
std::optional<uid_t> quick_user_of(pid_t pid) {
    struct stat status {};
    if (stat(base::proc_path(pid, "").c_str(), &status) != 0) return std::nullopt;
    // Root's are also those that may not be looked into, whosever they are.
    return status.st_uid != 0 ? std::optional(status.st_uid) : user_of(pid);
}

bool is_asked(const base::Process& process, const std::set<uid_t>& users) {
    if (process.of_kernel) return false;
    if (mutated(RunMutant::everybody_is_believed)) return true;
    const auto user = quick_user_of(process.pid);
    return user && users.contains(*user);
}

}  // namespace

std::optional<std::vector<LivingCandidate>> living_processes(const std::set<uid_t>& users) {
    const auto processes = read_processes();
    if (!processes) return std::nullopt;
    const auto until = steady_clock::now() + reading_budget;
    std::vector<LivingCandidate> living;
    std::vector<std::size_t> unclear;  // which of them may be executing a program
    living.reserve(processes->size());
    for (const base::Process& process : *processes) {
        if (!process.lives()) continue;
        living.push_back({process, {}});
        if (steady_clock::now() > until || !is_asked(process, users)) continue;
        const auto belonging = belonging_now(process.pid);
        if (belonging) living.back().belonging = *belonging;
        if (!belonging && is_executing(process.pid)) unclear.push_back(living.size() - 1);
    }
    auto pause = std::chrono::milliseconds(mutated(RunMutant::waits_for_each) ? 20 : 1);
    for (int look = 0; look < most_looks && !unclear.empty(); ++look) {
        std::this_thread::sleep_for(
            pause * (mutated(RunMutant::waits_for_each) ? static_cast<int>(unclear.size()) : 1));
        pause *= 2;
        std::erase_if(unclear, [&](std::size_t index) {
            const pid_t pid = living[index].process.pid;
            // Asked first: if it is not executing any more, it says what it has to say.
            const bool is_last = !is_executing(pid);
            const auto belonging = belonging_now(pid);
            if (belonging) living[index].belonging = *belonging;
            return is_last || belonging || steady_clock::now() > until;
        });
    }
    return living;
}

}  // namespace quantum::run
