#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quantum/clock.hpp"
#include "quantum/cron.hpp"

#include "cli/time_text.hpp"

// The options that several commands have, as CLI11 takes them. Only this and arguments.cpp know
// CLI11: it takes seconds to compile.
namespace quantum::cli {

[[nodiscard]] WallTime instant(const std::string& text, const char* option = "--from");
void add_files(CLI::App* command, std::vector<std::string>& files, const std::string& description);
void add_system(CLI::App* command, bool& system);
CLI::Option* add_state(CLI::App* command, std::string& state);
CLI::Option* add_duration(CLI::App* command, const std::string& name, Duration& chosen,
                          const std::string& description);
void add_moment(CLI::App* command, const std::string& name, std::optional<WallTime>& chosen,
                const std::string& description);
/// An instant, or how long ago.
[[nodiscard]] WallTime moment(const std::string& name, const std::string& text);
void add_zone(CLI::App* command, std::string& zone);

[[nodiscard]] std::vector<std::string> dialect_names();

/// What `next` and `explain` have in common; gives back the expression's own option.
template <class Chosen>
CLI::Option* add_expression(CLI::App* command, Chosen& chosen) {
    auto* expression = command->add_option(
        "EXPR", chosen.expression, "The expression, as one argument: '*/5 * * * *', '@daily'");
    expression->type_name("");
    command
        ->add_option_function<std::string>(
            "--dialect",
            [&chosen](const std::string& text) { chosen.dialect = *dialect_named(text); },
            "How the expression is read")
        ->check(CLI::IsMember(dialect_names()))
        ->type_name("NAME")
        ->default_str("cron");
    command->add_option("--tz", chosen.zone, "The time zone it stands in")
        ->type_name("ZONE")
        ->capture_default_str();
    command->add_option("--name", chosen.name, "The job's name, from which '~' and 'H' are drawn")
        ->type_name("JOB");
    command
        ->add_option_function<std::string>(
            "--days", [&chosen](const std::string& text) { chosen.days = day_rule_named(text); },
            "What a day must match where both day fields are restricted")
        ->check(CLI::IsMember({"any", "all"}))
        ->type_name("RULE")
        ->default_str("as the dialect says");
    command
        ->add_option_function<std::string>(
            "--from", [&chosen](const std::string& text) { chosen.from = instant(text); },
            "Where to start, such as 2026-11-22T00:05:00Z; now, if it is not given")
        ->type_name("RFC3339");
    return expression;
}

}  // namespace quantum::cli
