#include "cli/complete_in.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/shared_options.hpp"

namespace quantum::cli {
namespace {

constexpr std::array<std::string_view, 9> commands_on_jobs{
    "show", "pause", "resume", "trigger", "rm", "edit", "history", "logs", "audit-log"};

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_name().starts_with("__")) names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

/// The option that a word names; null: none.
const CLI::Option* option_named(const CLI::App& app, const std::string& word) {
    if (!word.starts_with('-')) return nullptr;
    return app.get_option_no_throw(word);
}

WantedWord value_of(const std::string& option) {
    if (option == "--job") return {WordKind::job};
    if (option == "--dialect") return {WordKind::listed, dialect_names()};
    if (option == "--sort") return {WordKind::listed, {"name", "next", "last", "failures", "p95"}};
    if (option == "--role") return {WordKind::listed, {"read", "operate", "admin"}};
    return {};
}

}  // namespace

WantedWord complete_in(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* command = &app;
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        const std::vector<const CLI::App*> next = command->get_subcommands(
            [&word = words[at]](const CLI::App* one) { return one->check_name(word); });
        if (!next.empty()) command = next.front();
    }
    const std::string last = words.empty() ? std::string() : words.back();
    if (last.starts_with('-')) return {WordKind::listed, options_of(*command)};
    if (words.size() >= 2) {
        const CLI::Option* const option = option_named(*command, words[words.size() - 2]);
        if (option != nullptr && option->get_items_expected_max() > 0) {
            return value_of("--" + option->get_lnames().front());
        }
    }
    if (const std::vector<std::string> commands = commands_of(*command); !commands.empty()) {
        return {WordKind::listed, commands};
    }
    const std::string& name = command->get_name();
    if (name == "kill") return {WordKind::run};
    if (name == "completion") return {WordKind::listed, {"bash", "zsh", "fish"}};
    if (std::find(commands_on_jobs.begin(), commands_on_jobs.end(), name) != commands_on_jobs.end())
        return {WordKind::job};
    return {};
}

}  // namespace quantum::cli
