#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace quantum {

/// One process as /proc showed it.
struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    /// In the kernel's ticks since the boot. Tells it from a later one with its number.
    unsigned long long started = 0;
    char state = 'X';
    bool of_kernel = false;  ///< a thread of the kernel, which executes nothing

    [[nodiscard]] bool lives() const { return state != 'Z' && state != 'X'; }
    /// By a signal (STOP, TSTP) or a debugger: it does nothing till it is told to go on.
    [[nodiscard]] bool is_stopped() const { return state == 'T' || state == 't'; }
};

/// A process and not a later one with its number.
struct ProcessKey {
    pid_t pid = 0;
    unsigned long long started = 0;

    friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;
};

/// As text: "1234:567890".
[[nodiscard]] std::string to_text(const ProcessKey& process);
/// None: it is no such text.
[[nodiscard]] std::optional<ProcessKey> process_from(std::string_view text);
/// Of this process.
[[nodiscard]] ProcessKey own_process();

/// State X where there is none.
[[nodiscard]] Process read_process(pid_t pid);

/// At most `most` bytes (and a little) of a file of /proc or /sys, empty where it cannot be read.
[[nodiscard]] std::string read_kernel_file(const std::string& path, std::size_t most);

[[nodiscard]] std::string proc_path(pid_t pid, std::string_view file);

}  // namespace quantum
