#include "daemon/settings_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "config/toml_depth.hpp"
#include "config/toml_reader.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

using config::TomlReader;
using config::TomlSetting;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 50U;

constexpr std::array known_keys = [] {
    std::array<std::string_view, run_settings.size()> keys{};
    for (std::size_t at = 0; at < keys.size(); ++at) keys[at] = run_settings[at].name;
    return keys;
}();

/// Reads the value of a key, of whatever type it is.
class ReadSetting {
public:
    ReadSetting(TomlReader& reader, const TomlSetting& setting, RunSettings& settings)
        : reader_(reader), setting_(setting), settings_(settings) {}

    void operator()(std::optional<bool> RunSettings::*member) {
        settings_.*member = reader_.boolean(setting_);
    }
    void operator()(std::optional<std::string> RunSettings::*member) {
        settings_.*member = reader_.text(setting_);
    }
    /// A single one needs no list.
    void operator()(std::optional<std::vector<std::string>> RunSettings::*member) {
        if (!setting_.value->is_string()) {
            settings_.*member = reader_.texts(setting_);
        } else if (auto one = reader_.text(setting_)) {
            settings_.*member = std::vector{std::move(*one)};
        }
    }
    void operator()(std::optional<Duration> RunSettings::*member) {
        settings_.*member = reader_.duration(setting_);
    }
    void operator()(std::optional<Size> RunSettings::*member) {
        const auto size = reader_.size(setting_);
        if (!size) return;
        if (*size == 0 || *size > most_bytes) {
            reader_.refuse(setting_, "must be more than 0 and at most 1PiB");
        } else {
            settings_.*member = Size{*size};
        }
    }
    template <class Value>
    void operator()(std::optional<Value> RunSettings::*member) {
        const auto words = words_of(Value());
        std::vector<std::string_view> names;
        for (const auto& word : words) names.push_back(word.word);
        if (const auto index = reader_.index_of_word(setting_, names)) {
            settings_.*member = words[*index].value;
        }
    }

private:
    TomlReader& reader_;
    const TomlSetting& setting_;
    RunSettings& settings_;
};

void read_setting(TomlReader& reader, const TomlSetting& setting, RunSettings& settings) {
    if (setting.key == "new_ledger") {
        reader.refuse_key(setting,
                          "new_ledger is not a setting but a decision for one start: "
                          "`quantum run --new-ledger`");
        return;
    }
    const auto* const known =
        std::find_if(run_settings.begin(), run_settings.end(),
                     [&setting](const RunSetting& one) { return one.name == setting.key; });
    if (known != run_settings.end()) {
        std::visit(ReadSetting(reader, setting, settings), known->member);
    } else {
        reader.unknown(setting, "the configuration file", known_keys,
                       setting.key == "zone" ? "tz" : "");
    }
}

void make_absolute(std::string& path, const std::filesystem::path& directory) {
    if (!path.empty()) path = (directory / path).lexically_normal().string();
}

}  // namespace

SettingsFile parse_settings_file(std::string_view text, const std::filesystem::path& directory) {
    SettingsFile file;
    TomlReader reader(text);
    if (const auto place = config::find_too_deep(text)) {
        file.diagnostics.push_back({config::Severity::error, place->line, place->column, 1,
                                    "tables, dotted keys and lists are nested more than " +
                                        std::to_string(config::deepest_toml) +
                                        " levels deep here"});
        return file;
    }
    try {
        const toml::table document = toml::parse(text);
        for (const TomlSetting& setting : TomlReader::settings(document)) {
            read_setting(reader, setting, file.settings);
            if (setting.key == "ephemeral" && file.settings.ephemeral.value_or(false) &&
                document.contains("state")) {
                reader.refuse_key(setting, "ephemeral excludes state: nothing is stored");
            }
        }
    } catch (const toml::parse_error& error) {
        reader.refuse_document(error);
    }
    RunSettings& settings = file.settings;
    if (settings.state) make_absolute(*settings.state, directory);
    if (settings.spool) make_absolute(*settings.spool, directory);
    if (settings.crontab_socket) make_absolute(*settings.crontab_socket, directory);
    if (settings.files) {
        for (std::string& path : *settings.files) make_absolute(path, directory);
    }
    file.diagnostics = reader.take_diagnostics();
    return file;
}

RunSettings joined(RunSettings command_line, const RunSettings& file) {
    // One excludes the other, wherever the other stands.
    const bool has_place = command_line.state.has_value();
    const bool has_none = command_line.ephemeral.value_or(false);
    for (const RunSetting& setting : run_settings) {
        std::visit(
            [&](auto member) {
                if (!(command_line.*member) || mutated(DaemonMutant::settings_file_wins)) {
                    if (file.*member) command_line.*member = file.*member;
                }
            },
            setting.member);
    }
    if (has_place) command_line.ephemeral = false;
    if (has_none) command_line.state.reset();
    return command_line;
}

}  // namespace quantum::daemon
