#include "config/job_settings.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "config/job_keys.hpp"

namespace quantum::config {
namespace {

/// What other schedulers call it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 33> other_names{{
    {"cron", "schedule"},
    {"every", "schedule"},
    {"cmd", "command"},
    {"exec", "command"},
    {"args", "command"},
    {"argv", "command"},
    {"run", "shell"},
    {"script", "shell"},
    {"url", "http"},
    {"tz", "zone"},
    {"timezone", "zone"},
    {"time_zone", "zone"},
    {"enabled", "state"},
    {"disabled", "state"},
    {"environment", "env"},
    {"envfile", "env_file"},
    {"cwd", "working_directory"},
    {"dir", "working_directory"},
    {"workdir", "working_directory"},
    {"stdin", "input"},
    {"uid", "user"},
    {"gid", "group"},
    {"concurrency", "overlap"},
    {"exit_codes", "success_codes"},
    {"tag", "tags"},
    {"labels", "tags"},
    {"splay", "jitter"},
    {"random_delay", "jitter"},
    {"retry", "retries"},
    {"max_retries", "retries"},
    {"retry_delay", "backoff"},
    {"log_file", "output_file"},
    {"logfile", "output_file"},
}};

bool is_default(Use use) { return use == Use::any || use == Use::command; }

std::string_view hint_for(std::string_view key, std::span<const std::string_view> known) {
    for (const auto& [other, ours] : other_names) {
        if (other == key && std::find(known.begin(), known.end(), ours) != known.end()) return ours;
    }
    return {};
}

}  // namespace

TomlSettingTable known_settings(TomlReader& reader, const toml::table& table, bool defaults) {
    std::vector<std::string_view> known;
    for (const JobKey& key : job_keys) {
        if (!defaults || is_default(key.use)) known.push_back(key.name);
    }
    TomlSettingTable result;
    for (const TomlSetting& setting : TomlReader::settings(table)) {
        if (std::find(known.begin(), known.end(), setting.key) != known.end()) {
            result.emplace(setting.key, setting);
            continue;
        }
        const bool own =
            std::any_of(job_keys.begin(), job_keys.end(),
                        [&setting](const JobKey& key) { return key.name == setting.key; });
        if (own) {
            reader.refuse_key(setting, "'" + std::string(setting.key) +
                                           "' must be set for each job and has no default");
        } else {
            reader.unknown(setting, defaults ? "the defaults" : "a job", known,
                           hint_for(setting.key, known));
        }
    }
    return result;
}

const TomlSetting* JobSettings::find(std::string_view key) const {
    if (const auto found = own.find(key); found != own.end()) return &found->second;
    const auto usual = defaults.find(key);
    return usual == defaults.end() ? nullptr : &usual->second;
}

}  // namespace quantum::config
