#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace quantum {

/// Processes of a user that show neither arguments nor an environment, as if they were just
/// executing a program, for as long as they live; all of them do once the constructor returns.
class OpaqueProcesses {
public:
    OpaqueProcesses(uid_t user, std::size_t count) {
        // The same addresses in every child: its arguments and its environment.
        std::ifstream stat("/proc/self/stat");
        std::string text;
        std::getline(stat, text);
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        std::array<std::uintptr_t, 52> numbers{};
        std::string field;
        // The third field stands first here.
        for (std::size_t at = 3; at < numbers.size() && fields >> field; ++at) {
            numbers.at(at) = static_cast<std::uintptr_t>(std::strtoull(field.c_str(), nullptr, 10));
        }
        constexpr std::uintptr_t page = 4096;
        constexpr std::size_t arguments_begin = 48;
        constexpr std::size_t environment_end = 51;
        std::array<int, 2> told{};
        if (pipe2(told.data(), O_CLOEXEC) != 0) return;
        const Range hidden{numbers.at(arguments_begin) / page * page,
                           (numbers.at(environment_end) + page - 1) / page * page, user, told[1]};
        for (std::size_t i = 0; i < count; ++i) {
            // The stack that it was forked on is what goes.
            void* const stack = mmap(nullptr, stack_size, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            const pid_t pid = clone(hide, static_cast<char*>(stack) + stack_size, SIGCHLD,
                                    const_cast<Range*>(&hidden));
            munmap(stack, stack_size);
            if (pid > 0) pids_.push_back(pid);
        }
        close(told[1]);
        // A byte from each, or the end of all that will come.
        std::size_t hiding = 0;
        for (char byte = 0; hiding < pids_.size() && read(told[0], &byte, 1) == 1;) ++hiding;
        close(told[0]);
        all_hide_ = hiding == count;
    }
    ~OpaqueProcesses() {
        for (const pid_t pid : pids_) kill(pid, SIGKILL);
        for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
    }
    OpaqueProcesses(const OpaqueProcesses&) = delete;
    OpaqueProcesses& operator=(const OpaqueProcesses&) = delete;

    /// Whether each was started and shows nothing.
    [[nodiscard]] bool all_hide() const { return all_hide_; }

private:
    static constexpr std::size_t stack_size = 65536;
    struct Range {
        std::uintptr_t begin;
        std::uintptr_t end;
        uid_t user;
        int told;  ///< gets a byte from each
    };

    static int hide(void* argument) {
        const Range hidden = *static_cast<Range*>(argument);
        if (setuid(hidden.user) != 0) _exit(1);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses of the kernel's telling
        munmap(reinterpret_cast<void*>(hidden.begin), hidden.end - hidden.begin);
        if (write(hidden.told, "", 1) != 1) _exit(1);
        close(hidden.told);
        for (;;) pause();
    }

    std::vector<pid_t> pids_;
    bool all_hide_ = false;
};

}  // namespace quantum
