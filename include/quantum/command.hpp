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

/// What each process of a command may use at most; what is not set stays as the program has it.
struct ResourceLimits {
    std::optional<std::uint64_t> address_space{};  ///< bytes (RLIMIT_AS)
    std::optional<std::uint64_t> cpu_seconds{};    ///< XCPU then, KILL 5 s later (RLIMIT_CPU)
    std::optional<std::uint64_t> open_files{};     ///< (RLIMIT_NOFILE)
    std::optional<std::uint64_t> processes{};      ///< of its user, at a time (RLIMIT_NPROC)
    std::optional<std::uint64_t> file_size{};      ///< bytes of a file it writes (RLIMIT_FSIZE)
    std::optional<std::uint64_t> core_size{};      ///< bytes of a core dump (RLIMIT_CORE)

    friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

/// A variable whose value is read when the command starts. Only the names are ever stored; in the
/// command's output the value is shown as "***".
struct SecretVariable {
    std::string variable;
    /// A file in the runner's directory of secrets, or an absolute path. The value is the file
    /// without the newline at its end.
    std::string secret;

    friend bool operator==(const SecretVariable&, const SecretVariable&) = default;
};

/// What is done to children that outlived the process that started them.
enum class OnCrash : std::uint8_t { end, wait };

/// A child process, described. A value; nothing is started by making one.
struct Command {
    /// Program and arguments, never seen by a shell. `argv[0]` without a slash is looked up in the
    /// PATH of `environment`.
    std::vector<std::string> argv{};

    /// The whole environment of the child, in order; nothing is inherited. The QUANTUM_* names of
    /// the execution are added by the runner.
    std::vector<std::pair<std::string, std::string>> environment{};

    /// What the child reads on standard input; without it, standard input is /dev/null.
    std::optional<std::string> input{};

    /// Empty: the directory of the program that runs the scheduler.
    std::string working_directory{};
    /// Where that cannot be entered it runs in "/" instead, and a line of its standard error says
    /// so, as cron does it. Else it does not run.
    bool or_in_root = false;

    /// How long the run may take; then TERM to it and all its descendants. None: as long as it
    /// likes.
    std::optional<Duration> timeout{};

    /// How long after TERM the KILL comes.
    Duration kill_after = std::chrono::seconds(10);

    /// As whom it runs: a name or a number, with the groups that the system's files give that user.
    /// Empty: as the program. Another than the program's own needs root, and a runner that allows
    /// that user.
    std::string user{};
    /// In place of the user's own group.
    std::string group{};
    /// Whether programs with set-user-id, set-group-id or file capabilities give it more rights.
    bool new_privileges = false;

    unsigned file_mode_mask = 022;  ///< umask
    std::optional<int> nice{};      ///< -20 to 19; below the program's own only as root
    ResourceLimits limits{};

    /// A file of NAME=value lines that is read at each start; none of its values is ever stored,
    /// and those of 4 bytes and more are shown as "***" in the output. Blank lines and lines that
    /// begin with '#' do not count; quotes around a whole value are taken off. It belongs to root
    /// or to the program's user, and nobody else can write it or (but for its group) read it.
    std::string environment_file{};
    std::vector<SecretVariable> secrets{};

    std::optional<OutputFile> output_file{};

    /// What becomes of its processes where the program died and began again: they are ended, or
    /// waited for, so that no other run of the job goes beside them. None: as the program does.
    std::optional<OnCrash> on_crash{};

    /// The exit codes that count as success.
    std::vector<int> success_codes{0};

    friend bool operator==(const Command&, const Command&) = default;
};

/// What no command may say, whatever the machine: an error names the property, what was found and
/// what is allowed. `Job::set_task` asks it.
[[nodiscard]] Status check_command(const Command& command);

}  // namespace quantum
