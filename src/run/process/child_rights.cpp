#include "run/process/child_rights.hpp"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

constexpr int most_capabilities = 64;

/// What a program may draw on is what its files and its user bring along.
QUANTUM_IN_CHILD int clear_inherited_powers(const ChildRights& rights) {
    // EINVAL: a kernel that has no such set.
    if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
        errno != EINVAL) {
        return errno;
    }
    if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0) return errno;
    const long bits = syscall(SYS_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
    if (bits < 0) return errno;
    if (bits != 0 && !mutated(RunMutant::securebits_stay)) {
        if (syscall(SYS_prctl, PR_SET_SECUREBITS, 0, 0, 0, 0) < 0) return errno;
        if (syscall(SYS_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0) != 0) return EPERM;
    }
    // Without new privileges nothing can draw on the bounding set, so it may stay where this
    // process lacks the right to change it.
    if (rights.new_privileges || mutated(RunMutant::bounding_set_stays)) return 0;
    for (long capability = 0; capability < most_capabilities; ++capability) {
        if (syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) break;
    }
    return 0;
}

QUANTUM_IN_CHILD int drop_capabilities() {
    if (mutated(RunMutant::capabilities_stay)) return 0;
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {};
    if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
        errno != EINVAL) {
        return errno;
    }
    if (syscall(SYS_capset, &header, none) < 0) return errno;
    __user_cap_data_struct left[2] = {};
    if (syscall(SYS_capget, &header, left) < 0) return errno;
    for (const auto& set : left) {
        if ((set.effective | set.permitted | set.inheritable) != 0) return EPERM;
    }
    return 0;
}

QUANTUM_IN_CHILD int take_identity(const ChildRights& rights) {
    const long group = rights.identity->group;
    const long user = rights.identity->user;
    if (syscall(SYS_setgroups, rights.group_count, rights.groups) < 0) return errno;
    if (syscall(SYS_setresgid, group, group, group) < 0) return errno;
    if (syscall(SYS_setresuid, user, user, user) < 0) return errno;
    uid_t users[3] = {};
    gid_t groups[3] = {};
    if (syscall(SYS_getresuid, &users[0], &users[1], &users[2]) < 0) return errno;
    if (syscall(SYS_getresgid, &groups[0], &groups[1], &groups[2]) < 0) return errno;
    for (int i = 0; i < 3; ++i) {
        if (users[i] != rights.identity->user || groups[i] != rights.identity->group) return EPERM;
    }
    const long read = syscall(SYS_getgroups, rights.group_count + 1, rights.groups_read);
    if (read != static_cast<long>(rights.group_count)) return EPERM;
    // The kernel keeps them sorted.
    for (std::size_t i = 0; i < rights.group_count; ++i) {
        if (rights.groups_read[i] != rights.groups[i]) return EPERM;
    }
    return 0;
}

/// True if a change that failed would have been to the child's good.
QUANTUM_IN_CHILD bool may_stay(int error, bool is_worse) {
    return is_worse && (error == EPERM || error == EACCES);
}

QUANTUM_IN_CHILD int reset_class(bool is_roots) {
    const long by = syscall(SYS_sched_getscheduler, 0);
    if (by == SCHED_OTHER) return 0;
    const struct sched_param usual {};
    if (syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &usual) < 0) {
        return may_stay(errno, !is_roots || by == SCHED_BATCH || by == SCHED_IDLE) ? 0 : errno;
    }
    return syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER ? 0 : EPERM;
}

QUANTUM_IN_CHILD int reset_nice(bool is_roots) {
    // The kernel says 20 - nice, so that no answer is negative.
    constexpr long usual = 20;
    const long before = syscall(SYS_getpriority, PRIO_PROCESS, 0);
    if (before < 0) return errno;
    if (before == usual) return 0;
    if (syscall(SYS_setpriority, PRIO_PROCESS, 0, 0) < 0) {
        return may_stay(errno, !is_roots || before < usual) ? 0 : errno;
    }
    return syscall(SYS_getpriority, PRIO_PROCESS, 0) == usual ? 0 : EPERM;
}

QUANTUM_IN_CHILD int reset_io_class() {
    constexpr long of_a_process = 1;  // IOPRIO_WHO_PROCESS
    constexpr int class_shift = 13;   // IOPRIO_CLASS_SHIFT
    const long before = syscall(SYS_ioprio_get, of_a_process, 0);
    if (before < 0 || before >> class_shift == 0) return 0;  // a kernel without it, or none is set
    return syscall(SYS_ioprio_set, of_a_process, 0, 0) < 0 ? errno : 0;
}

QUANTUM_IN_CHILD int reset_affinity() {
    // The kernel takes of it what the machine and the control group have.
    unsigned long all[1024 / sizeof(unsigned long)];
    for (auto& word : all) word = ~0UL;
    return syscall(SYS_sched_setaffinity, 0, sizeof all, all) < 0 ? errno : 0;
}

/// A score below zero keeps from the kernel's choice; one above was given to all that runs here.
QUANTUM_IN_CHILD int reset_oom_score(bool is_roots) {
    constexpr const char* path = "/proc/self/oom_score_adj";
    const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return is_roots ? errno : 0;
    char sign = 0;
    const long got = syscall(SYS_read, file, &sign, 1);
    syscall(SYS_close, file);
    if (got != 1) return EIO;
    if (sign != '-') return 0;
    const long score = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (score < 0) return is_roots ? errno : 0;
    const int failure = syscall(SYS_write, score, "0", 1) < 0 ? errno : 0;
    syscall(SYS_close, score);
    return failure;
}

}  // namespace

QUANTUM_IN_CHILD int take_rights(const ChildRights& rights) {
    const bool ends_as_root =
        rights.identity != nullptr ? rights.identity->user == 0 : rights.is_roots;
    if (rights.identity != nullptr) {
        if (!ends_as_root) {
            const int failure = clear_inherited_powers(rights);
            if (failure != 0) return failure;
        }
        const int failure = take_identity(rights);
        if (failure != 0) return failure;
    }
    return ends_as_root ? 0 : drop_capabilities();
}

QUANTUM_IN_CHILD int take_fresh_scheduling(bool is_roots) {
    if (mutated(RunMutant::scheduling_stays)) return 0;
    int failure = reset_class(is_roots);
    if (failure == 0) failure = reset_nice(is_roots);
    if (failure == 0) failure = reset_io_class();
    if (failure == 0) failure = reset_affinity();
    if (failure == 0) failure = reset_oom_score(is_roots);
    return failure;
}

}  // namespace quantum::run
