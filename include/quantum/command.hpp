#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/output_file.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// Resource limits for each process of a command. Unset limits are inherited from the program.
struct ResourceLimits {
    std::optional<std::uint64_t> address_space{};  ///< bytes (RLIMIT_AS)
    std::optional<std::uint64_t> cpu_seconds{};  ///< XCPU at the limit, KILL 5 s later (RLIMIT_CPU)
    std::optional<std::uint64_t> open_files{};   ///< (RLIMIT_NOFILE)
    std::optional<std::uint64_t> processes{};    ///< per user, concurrently (RLIMIT_NPROC)
    std::optional<std::uint64_t> file_size{};    ///< bytes per written file (RLIMIT_FSIZE)
    std::optional<std::uint64_t> core_size{};    ///< bytes of a core dump (RLIMIT_CORE)

    friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

/// An environment variable whose value is read when the command starts. Only the names are ever
/// stored; in the command's output the value is shown as "***".
struct SecretVariable {
    std::string variable;
    /// A file in the runner's secrets directory, or an absolute path. The value is the content of
    /// the file without its final newline.
    std::string secret;

    friend bool operator==(const SecretVariable&, const SecretVariable&) = default;
};

/// What happens to children that outlived the process that started them.
enum class OnCrash : std::uint8_t { end, wait };

/// The description of a child process. A value; creating one does not start anything.
struct Command {
    /// The program and its arguments; no shell is involved. If `argv[0]` contains no slash, it is
    /// looked up in the PATH of `environment`.
    std::vector<std::string> argv{};

    /// The complete environment of the child, in order; nothing is inherited. The runner adds the
    /// QUANTUM_* variables of the execution.
    std::vector<std::pair<std::string, std::string>> environment{};

    /// The text that the child reads from standard input. None: standard input is /dev/null.
    std::optional<std::string> input{};

    /// Empty: the working directory of the program that runs the scheduler.
    std::string working_directory{};
    /// If the working directory cannot be entered: true runs the command in "/" instead, as cron
    /// does, with a line about it on its standard error; false makes the run fail.
    bool or_in_root = false;

    /// The maximum duration of the run, after which TERM is sent to the command and all its
    /// descendants. None: unlimited.
    std::optional<Duration> timeout{};

    /// The time between TERM and KILL.
    Duration kill_after = std::chrono::seconds(10);

    /// The user to run as, by name or number, with the supplementary groups of that user. Empty:
    /// the program's own user. Any other user requires root, and a runner that allows it.
    std::string user{};
    /// The group to use instead of the user's primary group.
    std::string group{};
    /// Whether programs with set-user-ID, set-group-ID or file capabilities may raise its
    /// privileges.
    bool new_privileges = false;

    unsigned file_mode_mask = 022;  ///< umask
    std::optional<int> nice{};      ///< -20 to 19; values below the program's own require root
    ResourceLimits limits{};

    /// A file of NAME=value lines that is read at each start. Its values are never stored, and
    /// those of at least 4 bytes are shown as "***" in the output. Blank lines and lines starting
    /// with '#' are ignored; quotes around an entire value are removed. The file must be owned by
    /// root or the program's user, must not be writable by anyone else, and must not be readable by
    /// anyone else except its group.
    std::string environment_file{};
    std::vector<SecretVariable> secrets{};

    std::optional<OutputFile> output_file{};

    /// What happens to its processes when the program has died and been restarted: they are
    /// terminated, or waited for, so that no other run of the job runs concurrently with them.
    /// None: the runner's default.
    std::optional<OnCrash> on_crash{};

    /// The exit codes that count as success.
    std::vector<int> success_codes{0};

    friend bool operator==(const Command&, const Command&) = default;
};

/// Rejects what no command may contain, independently of the machine. The error names the property,
/// what was found and what is allowed. Called by `Job::set_task`.
[[nodiscard]] Status check_command(const Command& command);

}  // namespace quantum
