#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace quantum::test {

/// From now on the kernel answers this thread, and all that it starts, with `error` where a child
/// is to be started as spawn() starts it. Threads can still be made. It cannot be taken back: call
/// it on a thread that ends soon.
inline void deny_processes(int error) {
    constexpr auto number = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
    constexpr auto flags = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
    const auto refusal = static_cast<std::uint32_t>(SECCOMP_RET_ERRNO | error);
    std::array<sock_filter, 6> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_VFORK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        throw std::runtime_error("the kernel takes no filter of system calls");
    }
}

}  // namespace quantum::test
