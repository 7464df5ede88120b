#include "run/process/spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "run/process/child_main.hpp"
#include "run/process/start_failure.hpp"

#if defined(__SANITIZE_THREAD__)
// The thread sanitizer takes `clone` for a fork of its own world, which here is the parent's.
// glibc's other name for the same function passes it by.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is glibc's
extern "C" int __clone(int (*)(void*), void*, int, void*, ...);
#define QUANTUM_CLONE __clone
#else
#define QUANTUM_CLONE clone
#endif

namespace quantum::run {
namespace {

tl::unexpected<Error> refused(std::string_view what, int error) {
    return fail(ErrorCode::io_error,
                "cannot " + std::string(what) + ": " + std::generic_category().message(error));
}

/// Both ends of a pipe, or the reason why not.
struct Pipe {
    base::FileDescriptor read;
    base::FileDescriptor write;
    int failure = 0;
};

/// The same file on a descriptor above 2, where the child's own will not overwrite it.
bool lift(base::FileDescriptor& descriptor) {
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
    base::FileDescriptor lifted_input;
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
        .failed_step = StartStep::program,
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
    if (is_given_up && plan.failure == 0) plan.failed_step = StartStep::given_up;
    if (!is_given_up && plan.failure == 0) return child;
    end_child(pid);
    return tl::unexpected(start_failure(plan, request));
}

void end_child(pid_t pid) {
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);  // it may have no group yet
    siginfo_t ended{};
    while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED) < 0 && errno == EINTR) {
    }
}

}  // namespace quantum::run
