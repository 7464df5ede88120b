#include "run/process/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run/mutant.hpp"
#include "run/process/child_rights.hpp"
#include "run/process/command_environment.hpp"
#include "run/process/in_child.hpp"

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

enum class Step : std::uint8_t {
    given_up,
    descriptors,
    session,
    control_group,
    scheduling,
    priority,
    limits,
    identity,
    privileges,
    directory,
    program,
};

/// What the kernel keeps of a signal's handling; glibc's struct is another.
struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

/// Everything the child needs, laid out before it exists, and the way it reports back.
struct ChildPlan {
    pid_t* number;  ///< where it says who it is
    StartHandle::Cells* handle;
    int control_group;
    int input;
    int output;
    int error;
    unsigned file_mode_mask;
    const char* directory;
    bool or_in_root;
    const SpawnLimit* limits;
    std::size_t limit_count;
    const int* nice;
    ChildRights rights;
    bool fresh_scheduling;
    char* const* arguments;
    char* const* environment;
    char* const* candidates;

    const Clock* clock;
    BootTime executed;
    Step failed_step;
    int failure;  ///< errno of the failed step; 0 while there is none
    std::size_t failed_candidate;
    int failed_limit;
    int directory_failure;  ///< errno, where it runs in "/" instead
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
    __atomic_store_n(plan.number, static_cast<pid_t>(syscall(SYS_getpid)), __ATOMIC_RELEASE);
    if (plan.handle != nullptr) {
        __atomic_store_n(&plan.handle->child, *plan.number, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&plan.handle->given_up, __ATOMIC_SEQ_CST) != 0) {
            return give_up(plan, Step::given_up, ECANCELED);
        }
    }

    // Every signal is blocked here. No handler of the parent may ever run in its memory from
    // another process, so all are reset before any is let through.
    KernelSigaction by_default{};
    for (long signal = 1; signal <= highest_signal; ++signal) {
        syscall(SYS_rt_sigaction, signal, &by_default, nullptr, signal_set_bytes);
    }
    if (syscall(SYS_setsid) < 0) return give_up(plan, Step::session, errno);

    // "0" is whoever writes it.
    if (plan.control_group >= 0 && syscall(SYS_write, plan.control_group, "0", 1) < 0) {
        return give_up(plan, Step::control_group, errno);
    }
    // All three are above 2, so none is overwritten before its turn; the copies stay open.
    if (syscall(SYS_dup3, plan.input, 0, 0) < 0 || syscall(SYS_dup3, plan.output, 1, 0) < 0 ||
        syscall(SYS_dup3, plan.error, 2, 0) < 0) {
        return give_up(plan, Step::descriptors, errno);
    }
    close_from(3);
    // What needs rights comes before they are given up; the directory is entered with the user's.
    if (plan.fresh_scheduling) {
        const int failure = take_fresh_scheduling(plan.rights.is_roots);
        if (failure != 0) return give_up(plan, Step::scheduling, failure);
    }
    if (plan.nice != nullptr && syscall(SYS_setpriority, PRIO_PROCESS, 0, *plan.nice) < 0) {
        return give_up(plan, Step::priority, errno);
    }
    for (std::size_t i = 0; i < plan.limit_count; ++i) {
        struct rlimit64 limit {};
        limit.rlim_cur = plan.limits[i].soft;
        limit.rlim_max = plan.limits[i].hard;
        if (syscall(SYS_prlimit64, 0, plan.limits[i].resource, &limit, nullptr) < 0) {
            plan.failed_limit = plan.limits[i].resource;
            return give_up(plan, Step::limits, errno);
        }
    }
    const int failure = take_rights(plan.rights);
    if (failure != 0) return give_up(plan, Step::identity, failure);
    if (!plan.rights.new_privileges && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return give_up(plan, Step::privileges, errno);
    }
    if (plan.directory != nullptr && syscall(SYS_chdir, plan.directory) < 0) {
        const int not_entered = errno;
        if (!plan.or_in_root || syscall(SYS_chdir, "/") < 0) {
            return give_up(plan, Step::directory, not_entered);
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
    return give_up(plan, Step::program, not_executed);
}

std::string reason(int error) { return std::generic_category().message(error); }

std::string quoted(std::string_view text) {
    return std::string(1, '\'').append(text).append(1, '\'');
}

tl::unexpected<Error> refused(std::string_view what, int error) {
    return fail(ErrorCode::io_error, "cannot " + std::string(what) + ": " + reason(error));
}

std::string limit_name(int resource) {
    switch (resource) {
        case RLIMIT_AS:
            return "address space";
        case RLIMIT_CPU:
            return "CPU time";
        case RLIMIT_NOFILE:
            return "open files";
        case RLIMIT_NPROC:
            return "processes";
        case RLIMIT_FSIZE:
            return "file size";
        case RLIMIT_CORE:
            return "core dumps";
        default:
            return "resource " + std::to_string(resource);
    }
}

/// Why the kernel would not execute a program or make a process, where its word for it is riddling.
std::string resource_reason(int error) {
    switch (error) {
        case EAGAIN:
            return "the process limit of the user or the machine has been reached (" +
                   reason(error) + ")";
        case ENOMEM:
            return "the machine is out of memory (" + reason(error) + ")";
        default:
            return reason(error);
    }
}

Error describe(const ChildPlan& plan, const SpawnRequest& request) {
    const auto error = [&](const std::string& what, const std::string& why) {
        return Error{ErrorCode::io_error, "cannot " + what + ": " + why};
    };
    switch (plan.failed_step) {
        case Step::given_up:
            return {ErrorCode::unavailable, "the start was given up"};
        case Step::descriptors:
            return error("connect standard input and output", reason(plan.failure));
        case Step::session:
            return error("start a session", reason(plan.failure));
        case Step::directory:
            return error("enter the working directory " + quoted(request.working_directory),
                         reason(plan.failure));
        case Step::control_group:
            return error("enter its control group", reason(plan.failure));
        case Step::scheduling:
            return error("give it the machine's own scheduling and OOM score",
                         reason(plan.failure));
        case Step::priority:
            return error("set nice " + std::to_string(*request.nice), reason(plan.failure));
        case Step::limits:
            return error("set the limit of " + limit_name(plan.failed_limit), reason(plan.failure));
        case Step::identity:
            if (!request.identity) {
                return error("give up capabilities", reason(plan.failure));
            }
            return error("become uid " + std::to_string(request.identity->user) + ", gid " +
                             std::to_string(request.identity->group) + " and nothing else",
                         reason(plan.failure));
        case Step::privileges:
            return error("give up new privileges", reason(plan.failure));
        case Step::program:
            break;
    }
    if (request.candidates.size() != 1 && plan.failure == ENOENT) {
        return error("run " + quoted(request.arguments[0]),
                     "not found in any directory of its PATH");
    }
    // Where PATH led is the value of a variable, which may stand in a file of secrets.
    const bool is_searched =
        request.arguments[0].find('/') == std::string::npos && !mutated(RunMutant::path_shown);
    const std::string& path = request.candidates[plan.failed_candidate];
    std::string why = resource_reason(plan.failure);
    if (plan.failure == ENOENT && access(path.c_str(), F_OK) == 0) {
        why = "its interpreter, named in its first line or header, was not found";
    }
    return is_searched ? error("run " + quoted(request.arguments[0]) + ", found by its PATH", why)
                       : error("run " + quoted(path), why);
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

/// Where a NUL byte would silently cut a text short; empty: nowhere. Values of variables are not
/// told.
std::string holds_nul(const SpawnRequest& request) {
    const auto holds = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    for (const std::string& text : request.arguments) {
        if (holds(text)) return "after " + quoted(text.c_str());
    }
    for (const std::string& text : request.environment) {
        if (holds(text)) return "in the variable " + quoted(text.substr(0, text.find('=')).c_str());
    }
    if (!holds(request.working_directory)) return {};
    return "after " + quoted(request.working_directory.c_str());
}

}  // namespace

Result<SpawnedChild> spawn(const SpawnRequest& request) {
    if (request.arguments.empty() || request.candidates.empty()) {
        return fail(ErrorCode::invalid_argument, "a command needs a program");
    }
    if (const std::string where = holds_nul(request); !where.empty()) {
        return fail(
            ErrorCode::invalid_argument,
            "a NUL byte " + where + ": arguments, environment and directory must not contain one");
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
    std::vector<gid_t> groups = request.identity ? request.identity->groups : std::vector<gid_t>();
    std::sort(groups.begin(), groups.end());
    std::vector<gid_t> groups_read(groups.size() + 1);
    ReapReservation own;
    ChildPlan plan{
        .number = own.number(),
        .handle = request.handle != nullptr ? request.handle->cells() : nullptr,
        .control_group = request.control_group,
        .input = input,
        .output = output.write.get(),
        .error = error.write.get(),
        .file_mode_mask = request.file_mode_mask,
        .directory =
            request.working_directory.empty() ? nullptr : request.working_directory.c_str(),
        .or_in_root = request.or_in_root,
        .limits = request.limits.data(),
        .limit_count = request.limits.size(),
        .nice = request.nice ? &*request.nice : nullptr,
        .rights = {.identity = request.identity ? &*request.identity : nullptr,
                   .groups = groups.data(),
                   .groups_read = groups_read.data(),
                   .group_count = groups.size(),
                   .new_privileges = request.new_privileges,
                   .is_roots = geteuid() == 0},
        .fresh_scheduling = request.fresh_scheduling,
        .arguments = arguments.data(),
        .environment = environment.data(),
        .candidates = candidates.data(),
        .clock = request.clock,
        .executed = {},
        .failed_step = Step::program,
        .failure = 0,
        .failed_candidate = 0,
        .failed_limit = 0,
        .directory_failure = 0,
    };

    // The child calls nothing deep; its frames are a few hundred bytes. It fills them itself.
    alignas(16) std::array<char, std::size_t{16} * 1024> stack;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int pid = QUANTUM_CLONE(child_main, stack.data() + stack.size(),
                                  CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
    const int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) {
        return fail(ErrorCode::io_error, "cannot start a process: " + resource_reason(clone_error));
    }

    bool is_given_up = false;
    if (request.handle != nullptr) {
        request.handle->child_has_begun();
        is_given_up = request.handle->is_given_up();
    }
    SpawnedChild child{pid,
                       plan.executed,
                       std::move(output.read),
                       std::move(error.read),
                       std::move(own),
                       plan.directory_failure};
    if (is_given_up && plan.failure == 0) plan.failed_step = Step::given_up;
    if (!is_given_up && plan.failure == 0) return child;
    end_child(pid);
    return tl::unexpected(describe(plan, request));
}

void end_child(pid_t pid) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);  // it may have no group yet
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED) < 0 && errno == EINTR) {
    }
}

}  // namespace quantum
