#include "run/process/child_main.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

/// What the kernel keeps of a signal's handling; glibc's struct is another.
struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

constexpr long signal_set_bytes = 8;
constexpr long highest_signal = 64;

QUANTUM_IN_CHILD int give_up(ChildPlan& plan, StartStep step, int error) {
    plan.failed_step = step;
    plan.failure = error;
    for (;;) syscall(SYS_exit_group, 127);
}

QUANTUM_IN_CHILD void close_from(unsigned first) {
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    // A kernel or a sandbox without close_range.
    struct rlimit64 limit {};
    syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
    const unsigned long end = limit.rlim_cur < 1'048'576 ? limit.rlim_cur : 1'048'576;
    for (unsigned long descriptor = first; descriptor < end; ++descriptor) {
        syscall(SYS_close, descriptor);
    }
}

}  // namespace

QUANTUM_IN_CHILD int child_main(void* argument) {
    ChildPlan& plan = *static_cast<ChildPlan*>(argument);
    __atomic_store_n(plan.number, static_cast<pid_t>(syscall(SYS_getpid)), __ATOMIC_RELEASE);
    if (plan.handle != nullptr) {
        __atomic_store_n(&plan.handle->child, *plan.number, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&plan.handle->given_up, __ATOMIC_SEQ_CST) != 0) {
            return give_up(plan, StartStep::given_up, ECANCELED);
        }
    }

    // Every signal is blocked here. No handler of the parent may ever run in its memory from
    // another process, so all are reset before any is let through.
    KernelSigaction by_default{};
    for (long signal = 1; signal <= highest_signal; ++signal) {
        syscall(SYS_rt_sigaction, signal, &by_default, nullptr, signal_set_bytes);
    }
    if (syscall(SYS_setsid) < 0) return give_up(plan, StartStep::session, errno);

    // "0" is whoever writes it.
    if (plan.control_group >= 0 && syscall(SYS_write, plan.control_group, "0", 1) < 0) {
        return give_up(plan, StartStep::control_group, errno);
    }
    // All three are above 2, so none is overwritten before its turn; the copies stay open.
    if (syscall(SYS_dup3, plan.input, 0, 0) < 0 || syscall(SYS_dup3, plan.output, 1, 0) < 0 ||
        syscall(SYS_dup3, plan.error, 2, 0) < 0) {
        return give_up(plan, StartStep::descriptors, errno);
    }
    if (!mutated(RunMutant::descriptors_stay)) close_from(3);
    // What needs rights comes before they are given up; the directory is entered with the user's.
    if (plan.fresh_scheduling) {
        const int failure = take_fresh_scheduling(plan.rights.is_roots);
        if (failure != 0) return give_up(plan, StartStep::scheduling, failure);
    }
    if (plan.nice != nullptr && syscall(SYS_setpriority, PRIO_PROCESS, 0, *plan.nice) < 0) {
        return give_up(plan, StartStep::priority, errno);
    }
    for (std::size_t i = 0; i < plan.limit_count; ++i) {
        struct rlimit64 limit {};
        limit.rlim_cur = plan.limits[i].soft;
        limit.rlim_max = plan.limits[i].hard;
        if (syscall(SYS_prlimit64, 0, plan.limits[i].resource, &limit, nullptr) < 0) {
            plan.failed_limit = plan.limits[i].resource;
            return give_up(plan, StartStep::limits, errno);
        }
    }
    const int failure = take_rights(plan.rights);
    if (failure != 0) return give_up(plan, StartStep::identity, failure);
    if (!plan.rights.new_privileges && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return give_up(plan, StartStep::privileges, errno);
    }
    if (plan.directory != nullptr && syscall(SYS_chdir, plan.directory) < 0) {
        const int not_entered = errno;
        if (!plan.or_in_root || syscall(SYS_chdir, "/") < 0) {
            return give_up(plan, StartStep::directory, not_entered);
        }
        plan.directory_failure = not_entered;
    }
    syscall(SYS_umask, plan.file_mode_mask);
    const std::uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, signal_set_bytes);

    // As execvp: a directory that has it not does not end the search, nor does one that forbids
    // it, but the prohibition is what is told in the end.
    int not_executed = ENOENT;
    plan.failed_candidate = 0;
    // Here and not in the parent, which on a busy machine goes on long after the child has begun.
    if (plan.clock != nullptr) plan.executed = plan.clock->boot_now();
    for (std::size_t i = 0; plan.candidates[i] != nullptr; ++i) {
        syscall(SYS_execve, plan.candidates[i], plan.arguments, plan.environment);
        const int error = errno;
        const bool goes_on = error == ENOENT || error == ENOTDIR || error == EACCES ||
                             error == ESTALE || error == ENODEV || error == ETIMEDOUT;
        if (not_executed != EACCES || !goes_on) {
            not_executed = goes_on && error != EACCES ? ENOENT : error;
            plan.failed_candidate = i;
        }
        if (!goes_on) break;
    }
    return give_up(plan, StartStep::program, not_executed);
}

}  // namespace quantum::run
