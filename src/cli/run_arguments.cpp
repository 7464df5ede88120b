#include "cli/run_arguments.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/help_texts.hpp"
#include "cli/shared_options.hpp"
#include "daemon/run_settings.hpp"

namespace quantum::cli {
namespace {

using daemon::RunSetting;
using daemon::RunSettings;

std::string option_name(const RunSetting& setting) {
    std::string name = "--" + std::string(setting.name);
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

/// Adds the option of one setting, of whatever type it is.
class AddSetting {
public:
    AddSetting(CLI::App* command, const RunSetting& setting, RunSettings& chosen)
        : command_(command), setting_(setting), chosen_(chosen), name_(option_name(setting)) {}

    CLI::Option* operator()(std::optional<bool> RunSettings::*member) {
        // One of the configuration file is switched off by --NAME=false.
        return command_->add_flag_function(
            name_, [&chosen = chosen_, member](std::int64_t count) { chosen.*member = count > 0; },
            help());
    }
    CLI::Option* operator()(std::optional<std::string> RunSettings::*member) {
        return command_->add_option(name_, chosen_.*member, help());
    }
    CLI::Option* operator()(std::optional<std::vector<std::string>> RunSettings::*member) {
        return command_
            ->add_option_function<std::vector<std::string>>(
                name_,
                [&chosen = chosen_, member](const std::vector<std::string>& values) {
                    chosen.*member = values;
                },
                help())
            ->allow_extra_args(false);
    }
    CLI::Option* operator()(std::optional<Duration> RunSettings::*member) {
        return command_->add_option_function<std::string>(
            name_,
            [&chosen = chosen_, member, name = name_](const std::string& text) {
                chosen.*member = duration_of(name, text);
            },
            help());
    }
    CLI::Option* operator()(std::optional<daemon::Size> RunSettings::*member) {
        return command_->add_option_function<std::string>(
            name_,
            [&chosen = chosen_, member, name = name_](const std::string& text) {
                chosen.*member = daemon::Size{size_of(name, text)};
            },
            help());
    }
    template <class Value>
    CLI::Option* operator()(std::optional<Value> RunSettings::*member) {
        std::vector<std::string> words;
        for (const auto& word : daemon::words_of(Value())) words.emplace_back(word.word);
        return command_
            ->add_option_function<std::string>(
                name_,
                [&chosen = chosen_, member](const std::string& text) {
                    for (const auto& word : daemon::words_of(Value())) {
                        if (word.word == text) chosen.*member = word.value;
                    }
                },
                help())
            ->check(CLI::IsMember(words));
    }

private:
    [[nodiscard]] std::string help() const { return std::string(setting_.help); }

    CLI::App* const command_;
    const RunSetting& setting_;
    RunSettings& chosen_;
    const std::string name_;
};

void add_setting(CLI::App* command, const RunSetting& setting, RunSettings& chosen) {
    if (setting.name == "files") {
        command
            ->add_option_function<std::vector<std::string>>(
                "FILE", [&chosen](const std::vector<std::string>& files) { chosen.files = files; },
                std::string(setting.help))
            ->type_name("")
            ->expected(1, -1);
        return;
    }
    CLI::Option* const option = std::visit(AddSetting(command, setting, chosen), setting.member);
    if (!setting.kind.empty()) option->type_name(std::string(setting.kind));
    if (!setting.fallback.empty()) option->default_str(std::string(setting.fallback));
}

}  // namespace

void add_settings(CLI::App* command, RunSettings& chosen,
                  std::initializer_list<std::string_view> names) {
    for (const RunSetting& setting : daemon::run_settings) {
        if (std::find(names.begin(), names.end(), setting.name) != names.end()) {
            add_setting(command, setting, chosen);
        }
    }
}

void add_config(CLI::App* command, std::string& path) {
    command
        ->add_option(
            "--config", path,
            "Configuration file, or its directory (default if no FILE is given: /etc/quantum)")
        ->type_name("PATH");
}

CLI::App* add_run(CLI::App& app, RunOptions& chosen) {
    CLI::App* const command =
        app.add_subcommand("run", "Run crontab and job files in the foreground");
    command->footer(run_examples);
    for (const RunSetting& setting : daemon::run_settings) {
        add_setting(command, setting, chosen.settings);
    }
    add_config(command, chosen.config);
    command->get_option("--ephemeral")->excludes(command->get_option("--state"));
    command->add_flag("--new-ledger", chosen.new_ledger,
                      "Start a new ledger if the existing one is missing or empty");
    return command;
}

CLI::App* add_crontab(CLI::App& app, CrontabOptions& chosen) {
    CLI::App* const command =
        app.add_subcommand("crontab", "Show, edit, replace or remove your own crontab");
    command->footer(crontab_examples);
    auto* const what = command->add_option_group("Actions", "One of these");
    what->add_flag("-e,--edit", chosen.edit, "Edit it with $VISUAL or $EDITOR");
    what->add_flag("-l,--list", chosen.list, "Print it");
    what->add_flag("-r,--remove", chosen.remove, "Remove it");
    what->add_option("FILE", chosen.file, "Replace it by this file; - reads standard input")
        ->type_name("");
    what->require_option(1);
    command
        ->add_option("--socket", chosen.socket,
                     "The daemon's socket (default: /run/quantum/crontab.sock)")
        ->type_name("PATH");
    return command;
}

}  // namespace quantum::cli
