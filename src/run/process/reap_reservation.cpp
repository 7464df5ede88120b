#include "run/process/reap_reservation.hpp"

#include <algorithm>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "base/mutex.hpp"
#include "run/process/process_table.hpp"

namespace quantum::run {
namespace {

struct Numbers {
    base::Mutex mutex;  // a leaf
    std::list<pid_t> list QUANTUM_GUARDED_BY(mutex);
};

// A process has one set of children, however many runners it has. Never destroyed: see open_logs.
Numbers& numbers() {
    static auto& all = *new Numbers;
    return all;
}

}  // namespace

ReapReservation::ReapReservation() {
    Numbers& all = numbers();
    const base::MutexLock lock(all.mutex);
    cell_ = all.list.insert(all.list.end(), 0);
}

ReapReservation::ReapReservation(ReapReservation&& other) noexcept
    : cell_(std::exchange(other.cell_, std::nullopt)) {}

ReapReservation& ReapReservation::operator=(ReapReservation&& other) noexcept {
    if (this != &other) {
        forget();
        cell_ = std::exchange(other.cell_, std::nullopt);
    }
    return *this;
}

void ReapReservation::forget() {
    if (!cell_) return;
    Numbers& all = numbers();
    const base::MutexLock lock(all.mutex);
    all.list.erase(*cell_);
    cell_.reset();
}

bool is_own_child(pid_t pid) {
    Numbers& all = numbers();
    const base::MutexLock lock(all.mutex);
    return std::any_of(all.list.begin(), all.list.end(), [pid](const pid_t& number) {
        return __atomic_load_n(&number, __ATOMIC_ACQUIRE) == pid;
    });
}

std::size_t reap_orphans() {
    // Mostly what ended was our own and is reaped by now: then nobody has to be searched for.
    siginfo_t any{};
    if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) != 0 || any.si_pid == 0) return 0;
    std::size_t reaped = 0;
    for (const base::Process& process : read_processes().value_or(std::vector<base::Process>())) {
        // It ended before it was looked at, so its number was written before.
        if (process.state != 'Z' || process.parent != getpid() || is_own_child(process.pid))
            continue;
        siginfo_t ended{};
        if (waitid(P_PID, static_cast<id_t>(process.pid), &ended, WEXITED | WNOHANG) == 0 &&
            ended.si_pid != 0) {
            ++reaped;
        }
    }
    return reaped;
}

}  // namespace quantum::run
