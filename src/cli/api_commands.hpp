#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "quantum/clock.hpp"

#include "cli/api_link.hpp"

// The commands that ask the API of a daemon.
namespace quantum::cli {

/// What all of them take.
struct ApiOptions {
    ApiPlace place{};
    bool json = false;
    std::string zone{};  ///< of instants in tables; empty: the machine's
};

/// Jobs that a command is about: some by name, all with a tag, or all.
struct JobSelection {
    std::vector<std::string> jobs{};
    std::string tag{};
    bool all = false;
};

/// Before something is changed.
struct Consent {
    bool yes = false;      ///< it is not asked for on a terminal
    bool dry_run = false;  ///< nothing is changed
};

struct ListOptions {
    ApiOptions api{};
    std::string pattern{};
    std::vector<std::string> tags{};
    std::string sort{};
    bool failed = false;
    bool paused = false;
    bool wide = false;  ///< nothing is cut
};

struct ShowOptions {
    ApiOptions api{};
    std::string job{};
    bool toml = false;  ///< the definition alone, as in a job file
};

struct PsOptions {
    ApiOptions api{};
    bool wide = false;
};

struct EventsOptions {
    ApiOptions api{};
    bool follow = false;
    std::string job{};
    std::vector<std::string> kinds{};
};

/// One table after another, until it is interrupted.
struct TopOptions {
    ApiOptions api{};
    Duration every = std::chrono::seconds(1);
    std::optional<std::size_t> count{};  ///< none: without end, or off a terminal one
};

struct PauseCommand {
    ApiOptions api{};
    JobSelection selection{};
    Consent consent{};
    std::optional<WallTime> until{};
    std::optional<std::string> note{};
};

struct ResumeCommand {
    ApiOptions api{};
    JobSelection selection{};
    Consent consent{};
    std::optional<std::string> note{};
};

struct TriggerCommand {
    ApiOptions api{};
    JobSelection selection{};
    Consent consent{};
    std::optional<std::string> note{};
    bool wait = false;  ///< for its end, whose code becomes the command's
};

struct KillCommand {
    ApiOptions api{};
    std::vector<std::string> targets{};  ///< executions or jobs
    Consent consent{};
    std::optional<std::string> note{};
};

struct AddCommand {
    ApiOptions api{};
    std::string name{};  ///< or a job file
    std::vector<std::string> schedules{};
    std::string zone{};
    std::string dialect{};
    std::string shell{};
    std::vector<std::string> argv{};
    bool replace = false;
    Consent consent{};
    std::optional<std::string> note{};
};

struct RmCommand {
    ApiOptions api{};
    std::vector<std::string> jobs{};
    bool kill = false;
    Consent consent{};
    std::optional<std::string> note{};
};

struct EditCommand {
    ApiOptions api{};
    std::string job{};
    Consent consent{};
};

struct ReloadCommand {
    ApiOptions api{};
    std::string plan{};  ///< the digest that it was planned with; empty: it was not
    std::optional<std::string> note{};
};

struct DrainCommand {
    ApiOptions api{};
    Consent consent{};
    std::optional<std::string> timeout{};
    std::optional<std::string> note{};
    bool wait = false;
};

struct AuditLogOptions {
    ApiOptions api{};
    std::string job{};
    std::string actor{};
    std::string action{};
    std::optional<WallTime> since{};
    std::size_t limit = 50;
};

struct TokenCommand {
    enum class What : std::uint8_t { list, add, remove };
    ApiOptions api{};
    What what = What::list;
    std::string name{};
    std::string role{};
    std::optional<WallTime> expires{};
};

/// A script for a shell.
struct CompletionOptions {
    std::string shell{};
};

/// What may stand at the end of these words.
struct CompleteOptions {
    std::vector<std::string> words{};
};

using ApiCommand = std::variant<ListOptions, ShowOptions, PsOptions, EventsOptions, TopOptions,
                                PauseCommand, ResumeCommand, TriggerCommand, KillCommand,
                                AddCommand, RmCommand, EditCommand, ReloadCommand, DrainCommand,
                                AuditLogOptions, TokenCommand, CompletionOptions, CompleteOptions>;

// Each returns the exit code of the program.
[[nodiscard]] int run(const ListOptions& options);
[[nodiscard]] int run(const ShowOptions& options);
[[nodiscard]] int run(const PsOptions& options);
[[nodiscard]] int run(const EventsOptions& options);
[[nodiscard]] int run(const TopOptions& options);
[[nodiscard]] int run(const PauseCommand& options);
[[nodiscard]] int run(const ResumeCommand& options);
[[nodiscard]] int run(const TriggerCommand& options);
[[nodiscard]] int run(const KillCommand& options);
[[nodiscard]] int run(const AddCommand& options);
[[nodiscard]] int run(const RmCommand& options);
[[nodiscard]] int run(const EditCommand& options);
[[nodiscard]] int run(const ReloadCommand& options);
[[nodiscard]] int run(const DrainCommand& options);
[[nodiscard]] int run(const AuditLogOptions& options);
[[nodiscard]] int run(const TokenCommand& options);
[[nodiscard]] int run(const CompletionOptions& options);
[[nodiscard]] int run(const CompleteOptions& options);

}  // namespace quantum::cli
