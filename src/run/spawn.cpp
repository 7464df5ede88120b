#include "run/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run/command_environment.hpp"

// Code that runs in the child works on the parent's memory while the parent is suspended: the
// sanitizers must not take it for the parent's, and it makes raw system calls only.
#define QUANTUM_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

#if defined(__SANITIZE_THREAD__)
// The thread sanitizer takes `clone` for a fork of its own world, which here is the parent's.
// glibc's other name for the same function passes it by.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is glibc's
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);
#define QUANTUM_CLONE __clone
#else
#define QUANTUM_CLONE clone
#endif

namespace quantum {
namespace {

enum class Step : std::uint8_t { descriptors, session, directory, limits, program };

/// What the kernel keeps of a signal's handling; glibc's struct is another.
struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

/// Everything the child needs, laid out before it exists, and the way it reports back.
struct ChildPlan {
    int input;
    int output;
    int error;
    unsigned file_mode_mask;
    const char* directory;
    const DescriptorLimit* descriptor_limit;
    char* const* arguments;
    char* const* environment;
    char* const* candidates;

    Step failed_step;
    int failure;  ///< errno of the failed step; 0 while there is none
    std::size_t failed_candidate;
};

constexpr long signal_set_bytes = 8;
constexpr long highest_signal = 64;

QUANTUM_IN_CHILD int give_up(ChildPlan& plan, Step step, int error) {
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

QUANTUM_IN_CHILD int child_main(void* argument) {
    ChildPlan& plan = *static_cast<ChildPlan*>(argument);

    // Every signal is blocked here. No handler of the parent may ever run in its memory from
    // another process, so all are reset before any is let through.
    KernelSigaction by_default{};
    for (long signal = 1; signal <= highest_signal; ++signal) {
        syscall(SYS_rt_sigaction, signal, &by_default, nullptr, signal_set_bytes);
    }
    if (syscall(SYS_setsid) < 0) return give_up(plan, Step::session, errno);

    // All three are above 2, so none is overwritten before its turn; the copies stay open.
    if (syscall(SYS_dup3, plan.input, 0, 0) < 0 || syscall(SYS_dup3, plan.output, 1, 0) < 0 ||
        syscall(SYS_dup3, plan.error, 2, 0) < 0) {
        return give_up(plan, Step::descriptors, errno);
    }
    close_from(3);
    if (plan.directory != nullptr && syscall(SYS_chdir, plan.directory) < 0) {
        return give_up(plan, Step::directory, errno);
    }
    syscall(SYS_umask, plan.file_mode_mask);
    if (plan.descriptor_limit != nullptr) {
        struct rlimit64 limit {};
        limit.rlim_cur = plan.descriptor_limit->soft;
        limit.rlim_max = plan.descriptor_limit->hard;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr) < 0) {
            return give_up(plan, Step::limits, errno);
        }
    }
    const std::uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, signal_set_bytes);

    // As execvp: a directory that has it not does not end the search, nor does one that forbids
    // it, but the prohibition is what is told in the end.
    int failure = ENOENT;
    plan.failed_candidate = 0;
    for (std::size_t i = 0; plan.candidates[i] != nullptr; ++i) {
        syscall(SYS_execve, plan.candidates[i], plan.arguments, plan.environment);
        const int error = errno;
        const bool goes_on = error == ENOENT || error == ENOTDIR || error == EACCES ||
                             error == ESTALE || error == ENODEV || error == ETIMEDOUT;
        if (failure != EACCES || !goes_on) {
            failure = goes_on && error != EACCES ? ENOENT : error;
            plan.failed_candidate = i;
        }
        if (!goes_on) break;
    }
    return give_up(plan, Step::program, failure);
}

std::string reason(int error) { return std::generic_category().message(error); }

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

tl::unexpected<Error> refused(std::string_view what, int error) {
    return fail(ErrorCode::io_error, "cannot " + std::string(what) + ": " + reason(error));
}

Error describe(const ChildPlan& plan, const SpawnRequest& request) {
    const auto error = [&](const std::string& what, const std::string& why) {
        return Error{ErrorCode::io_error, "cannot " + what + ": " + why};
    };
    switch (plan.failed_step) {
        case Step::descriptors:
            return error("connect standard input and output", reason(plan.failure));
        case Step::session:
            return error("begin a session", reason(plan.failure));
        case Step::directory:
            return error("enter the working directory " + quoted(request.working_directory),
                         reason(plan.failure));
        case Step::limits:
            return error("set the limit of open files", reason(plan.failure));
        case Step::program:
            break;
    }
    if (request.candidates.size() != 1 && plan.failure == ENOENT) {
        return error("run " + quoted(request.arguments[0]),
                     "not found in PATH " + quoted(search_path(request.environment)));
    }
    const std::string& path = request.candidates[plan.failed_candidate];
    std::string why = reason(plan.failure);
    if (plan.failure == ENOENT && access(path.c_str(), F_OK) == 0) {
        why = "its interpreter, named in its first line or header, was not found";
    }
    return error("run " + quoted(path), why);
}

/// Both ends of a pipe, or the reason why not.
struct Pipe {
    FileDescriptor read;
    FileDescriptor write;
    int failure = 0;
};

/// The same file on a descriptor above 2, where the child's own will not overwrite it.
bool lift(FileDescriptor& descriptor) {
    if (descriptor.get() > 2) return true;
    const int lifted = fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3);
    if (lifted < 0) return false;
    descriptor.reset(lifted);
    return true;
}

Pipe make_pipe() {
    Pipe made;
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0) {
        made.failure = errno;
        return made;
    }
    made.read.reset(ends[0]);
    made.write.reset(ends[1]);
    // The child's end stays blocking: programs do not expect otherwise.
    if (!lift(made.read) || !lift(made.write) || fcntl(made.read.get(), F_SETFL, O_NONBLOCK) < 0) {
        made.failure = errno;
    }
    return made;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    // execve promises not to write to them; its type is older than const.
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

/// Where a NUL byte would silently cut a text short.
const std::string* holds_nul(const SpawnRequest& request) {
    for (const auto* texts : {&request.arguments, &request.environment}) {
        for (const auto& text : *texts) {
            if (text.find('\0') != std::string::npos) return &text;
        }
    }
    return request.working_directory.find('\0') != std::string::npos ? &request.working_directory
                                                                     : nullptr;
}

}  // namespace

Result<SpawnedChild> spawn(const SpawnRequest& request) {
    if (request.arguments.empty() || request.candidates.empty()) {
        return fail(ErrorCode::invalid_argument, "a command needs a program");
    }
    if (const std::string* text = holds_nul(request)) {
        return fail(ErrorCode::invalid_argument,
                    "a NUL byte after " + quoted(text->c_str()) +
                        ": arguments, environment and directory cannot hold one");
    }
    Pipe output = make_pipe();
    Pipe error = output.failure == 0 ? make_pipe() : Pipe{};
    if (const int failure = output.failure != 0 ? output.failure : error.failure; failure != 0) {
        return refused("make a pipe", failure);
    }
    FileDescriptor lifted_input;
    int input = request.input;
    if (input <= 2) {
        lifted_input.reset(fcntl(input, F_DUPFD_CLOEXEC, 3));
        if (!lifted_input) return refused("connect standard input", errno);
        input = lifted_input.get();
    }

    const auto arguments = pointers(request.arguments);
    const auto environment = pointers(request.environment);
    const auto candidates = pointers(request.candidates);
    ChildPlan plan{
        .input = input,
        .output = output.write.get(),
        .error = error.write.get(),
        .file_mode_mask = request.file_mode_mask,
        .directory =
            request.working_directory.empty() ? nullptr : request.working_directory.c_str(),
        .descriptor_limit = request.descriptor_limit ? &*request.descriptor_limit : nullptr,
        .arguments = arguments.data(),
        .environment = environment.data(),
        .candidates = candidates.data(),
        .failed_step = Step::program,
        .failure = 0,
        .failed_candidate = 0,
    };

    // The child calls nothing deep; its frames are a few hundred bytes. It fills them itself.
    alignas(16) std::array<char, std::size_t{16} * 1024> stack;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    const int pid = QUANTUM_CLONE(child_main, stack.data() + stack.size(),
                                  CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
    const int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return refused("start a process", clone_error);

    SpawnedChild child{pid, FileDescriptor(pidfd), std::move(output.read), std::move(error.read)};
    if (plan.failure != 0) {
        siginfo_t ended{};
        while (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &ended, WEXITED) < 0 &&
               errno == EINTR) {
        }
        return tl::unexpected(describe(plan, request));
    }
    return child;
}

}  // namespace quantum
