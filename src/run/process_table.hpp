#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace quantum {

/// One process as /proc showed it.
struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    unsigned long long started = 0;  ///< tells it from a later one with its number
    char state = 'X';
    bool of_kernel = false;  ///< a thread of the kernel, which executes nothing

    [[nodiscard]] bool lives() const { return state != 'Z' && state != 'X'; }
};

/// State X where there is none.
[[nodiscard]] Process read_process(pid_t pid);

/// Every process there is but this one. Nothing: it could not be found out.
[[nodiscard]] std::optional<std::vector<Process>> read_processes();

/// The execution that a process belongs to by the environment it was executed with; empty where
/// that names none or cannot be read (somebody else's, and this process is not root). Where the
/// process is just executing another program, this waits for it, up to 20 ms.
[[nodiscard]] std::string execution_named_by(pid_t pid);

/// At most `most` bytes (and a little) of a file of /proc or /sys, empty where it cannot be read.
[[nodiscard]] std::string read_kernel_file(const std::string& path, std::size_t most);

[[nodiscard]] std::string proc_path(pid_t pid, std::string_view file);

}  // namespace quantum
