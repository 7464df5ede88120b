#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace quantum::cli {

/// The commands that explain what is, and what would be: `why` and `plan`.
class QuestionCommands {
public:
    QuestionCommands() = default;
    QuestionCommands(const QuestionCommands&) = delete;
    QuestionCommands& operator=(const QuestionCommands&) = delete;

    void add_to(CLI::App& app);

    /// The one on the command line, if it is one of these.
    [[nodiscard]] std::optional<Options> chosen() const;

private:
    void add_why(CLI::App& app);
    void add_plan(CLI::App& app);

    CLI::App* why_command_ = nullptr;
    CLI::App* plan_command_ = nullptr;
    WhyOptions why_;
    PlanOptions plan_;
    std::vector<std::string> time_words_;
    std::string at_;
};

/// The words of a command line as CLI11 takes them, last one first. In `why`, a duration that lies
/// back, "-2h", is no option.
[[nodiscard]] std::vector<std::string> words_of(int count, char** arguments);

}  // namespace quantum::cli
