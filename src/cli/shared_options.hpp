#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quantum/clock.hpp"
#include "quantum/cron.hpp"

#include "cli/time_text.hpp"

// The options that several commands have, as CLI11 takes them. Only this and arguments.cpp know
// CLI11: it takes seconds to compile.
namespace quantum::cli {

CLI::Option* add_state(CLI::App* command, std::string& state);
/// The value of an option; throws what CLI11 makes a message of.
[[nodiscard]] Duration duration_of(const std::string& option, const std::string& text);
CLI::Option* add_duration(CLI::App* command, const std::string& name, Duration& chosen,
                          const std::string& description);
/// A number of bytes above 0, with a unit.
[[nodiscard]] std::uint64_t size_of(const std::string& option, const std::string& text);
/// A time, which the command itself reads: what it means depends on `--tz`.
CLI::Option* add_time(CLI::App* command, const std::string& name, std::string& chosen,
                      const std::string& description);

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
            "Dialect of the expression")
        ->check(CLI::IsMember(dialect_names()))
        ->type_name("NAME")
        ->default_str("cron");
    command->add_option("--tz", chosen.zone, "Time zone of the expression (default: the machine's)")
        ->type_name("ZONE");
    command->add_option("--name", chosen.name, "Name of the job, which determines '~' and 'H'")
        ->type_name("JOB");
    command
        ->add_option_function<std::string>(
            "--days", [&chosen](const std::string& text) { chosen.days = day_rule_named(text); },
            "Whether a day must match any or all of two restricted day fields")
        ->check(CLI::IsMember({"any", "all"}))
        ->type_name("RULE")
        ->default_str("the dialect's rule");
    add_time(command, "--from", chosen.from, "Start (default: now)");
    return expression;
}

}  // namespace quantum::cli
