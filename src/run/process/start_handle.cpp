#include "run/process/start_handle.hpp"

#include <csignal>

#include "run/mutant.hpp"

namespace quantum::run {

void StartHandle::give_up() {
    const base::MutexLock lock(mutex_);
    __atomic_store_n(&cells_.given_up, 1, __ATOMIC_SEQ_CST);
    if (mutated(RunMutant::hanging_start_lives)) return;
    const pid_t child = __atomic_load_n(&cells_.child, __ATOMIC_SEQ_CST);
    if (child > 0) kill(child, SIGKILL);
}

bool StartHandle::is_given_up() const {
    return __atomic_load_n(&cells_.given_up, __ATOMIC_SEQ_CST) != 0;
}

void StartHandle::child_has_begun() {
    const base::MutexLock lock(mutex_);
    __atomic_store_n(&cells_.child, 0, __ATOMIC_SEQ_CST);
}

}  // namespace quantum::run
