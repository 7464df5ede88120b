#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace quantum::base {

/// A process as shown by /proc.
struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    /// In kernel ticks since boot. Distinguishes it from a later process with the same ID.
    unsigned long long started = 0;
    char state = 'X';
    bool of_kernel = false;  ///< a kernel thread, which does not execute a program

    [[nodiscard]] bool lives() const { return state != 'Z' && state != 'X'; }
    /// Stopped by a signal (STOP, TSTP) or a debugger until it is continued.
    [[nodiscard]] bool is_stopped() const { return state == 'T' || state == 't'; }
};

/// Identifies a process, as opposed to a later one with the same ID.
struct ProcessKey {
    pid_t pid = 0;
    unsigned long long started = 0;

    friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;
};

/// As text: "1234:567890".
[[nodiscard]] std::string to_text(const ProcessKey& process);
/// None if the text is not of this form.
[[nodiscard]] std::optional<ProcessKey> process_from(std::string_view text);
/// The key of this process.
[[nodiscard]] ProcessKey own_process();

/// State X if there is no such process.
[[nodiscard]] Process read_process(pid_t pid);

/// Reads slightly more than `most` bytes at most of a file in /proc or /sys; empty if it cannot be
/// read.
[[nodiscard]] std::string read_kernel_file(const std::string& path, std::size_t most);

/// The memory of a process that is in use, in bytes; 0 if it cannot be told.
[[nodiscard]] std::uint64_t resident_memory(pid_t pid);

[[nodiscard]] std::string proc_path(pid_t pid, std::string_view file);

}  // namespace quantum::base
