#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "cli/api_commands.hpp"

namespace quantum::cli {

/// The command line of the commands that ask the API, as CLI11 sees it, and where it puts what it
/// finds. Lives as long as the app that it was added to.
class ApiArguments {
public:
    void add_to(CLI::App& app);
    /// The command that was parsed; none: another one.
    [[nodiscard]] std::optional<ApiCommand> chosen() const;

private:
    /// Adds a command with what all of them take.
    CLI::App* add(CLI::App& app, const char* name, const char* description, const char* footer,
                  ApiOptions& options, const char* json_help);
    void add_reading(CLI::App& app);
    void add_changing(CLI::App& app);
    void add_defining(CLI::App& app);
    void add_others(CLI::App& app);

    ListOptions list_;
    ShowOptions show_;
    PsOptions ps_;
    EventsOptions events_;
    TopOptions top_;
    PauseCommand pause_;
    ResumeCommand resume_;
    TriggerCommand trigger_;
    KillCommand kill_;
    AddCommand add_;
    RmCommand rm_;
    EditCommand edit_;
    ReloadCommand reload_;
    DrainCommand drain_;
    AuditLogOptions audit_;
    std::string audit_since_;
    TokenCommand token_;
    CompletionOptions completion_;
    CompleteOptions complete_;
    std::optional<ApiCommand> chosen_;
};

}  // namespace quantum::cli
