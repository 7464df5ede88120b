#include "config/job_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "quantum/output_file.hpp"

#include "config/job_keys.hpp"
#include "model/secret_name.hpp"

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

constexpr std::array overlap_words{
    Word<Overlap>{"allow", Overlap::allow}, Word<Overlap>{"skip", Overlap::skip},
    Word<Overlap>{"queue", Overlap::queue}, Word<Overlap>{"replace", Overlap::replace}};
constexpr std::array misfire_words{Word<Misfire>{"one", Misfire::one},
                                   Word<Misfire>{"all", Misfire::all},
                                   Word<Misfire>{"skip", Misfire::skip}};
constexpr std::array on_lost_words{Word<OnLost>{"record", OnLost::record},
                                   Word<OnLost>{"rerun", OnLost::rerun}};
constexpr std::array state_words{Word<JobState>{"active", JobState::active},
                                 Word<JobState>{"inactive", JobState::inactive}};

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
    for (const auto& [name, use] : job_keys) {
        if (!defaults || is_default(use)) known.push_back(name);
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
                                           "' is said job by job and has no default");
        } else {
            reader.unknown(setting, defaults ? "the defaults" : "a job", known,
                           hint_for(setting.key, known));
        }
    }
    return result;
}

std::vector<std::string_view> JobReader::command_keys() {
    std::vector<std::string_view> names;
    for (const auto& [name, use] : job_keys) {
        if (use == Use::command || use == Use::own_command) names.push_back(name);
    }
    return names;
}

Job JobReader::read(const TomlSetting& name, const TomlSettingTable& own) {
    own_ = &own;
    job_ = Job();
    if (const Status named = job_.set_name(std::string(name.key)); !named) {
        in_.refuse_key(name, named.error().message);
    }
    job_.set_source(printable_path(options_.path) + ':' +
                    std::to_string(in_.at(name.key_place).line));
    read_schedule(name);
    read_policies();
    read_task(name);
    check_future();
    return std::move(job_);
}

const TomlSetting* JobReader::find(std::string_view key) const {
    if (const auto own = own_->find(key); own != own_->end()) return &own->second;
    const auto usual = defaults_.find(key);
    return usual == defaults_.end() ? nullptr : &usual->second;
}

void JobReader::read_policies() {
    if (const TomlSetting* const setting = find("state")) {
        if (const auto state = in_.word(*setting, state_words)) job_.set_state(*state);
    }
    if (const TomlSetting* const setting = find("misfire")) {
        if (const auto misfire = in_.word(*setting, misfire_words)) job_.set_misfire(*misfire);
    }
    if (const TomlSetting* const setting = find("misfire_cap")) {
        if (const auto cap = in_.integer(*setting, 1, most_counted)) {
            in_.check(*setting, job_.set_misfire_cap(static_cast<std::uint32_t>(*cap)));
        }
    }
    if (const TomlSetting* const setting = find("grace")) {
        if (const auto grace = in_.duration(*setting)) {
            in_.check(*setting, job_.set_grace(*grace));
        }
    }
    if (const TomlSetting* const setting = find("overlap")) {
        if (const auto overlap = in_.word(*setting, overlap_words)) job_.set_overlap(*overlap);
    }
    if (const TomlSetting* const setting = find("queue")) {
        if (const auto limit = in_.integer(*setting, 1, most_counted)) {
            in_.check(*setting, job_.set_queue_limit(static_cast<std::uint32_t>(*limit)));
        }
    }
    if (const TomlSetting* const setting = find("tags")) {
        if (auto tags = in_.texts(*setting)) in_.check(*setting, job_.set_tags(std::move(*tags)));
    }
    if (const TomlSetting* const setting = find("jitter")) {
        if (const auto jitter = in_.duration(*setting)) {
            in_.check(*setting, job_.set_jitter(*jitter));
        }
    }
    if (const TomlSetting* const setting = find("retry_past_next")) {
        if (const auto past = in_.boolean(*setting)) job_.set_retry_past_next(*past);
    }
    if (const TomlSetting* const setting = find("run_if_past")) {
        if (const auto runs = in_.boolean(*setting)) job_.set_run_if_past(*runs);
    }
    if (const TomlSetting* const setting = find("on_lost")) {
        if (const auto on_lost = in_.word(*setting, on_lost_words)) job_.set_on_lost(*on_lost);
    }
    read_retries();
}

/// `backoff = "30s"` is always the same; a table says more.
void JobReader::read_retries() {
    Backoff backoff;
    const TomlSetting* const setting = find("backoff");
    if (setting != nullptr && !setting->value->is_table()) {
        if (const auto fixed = in_.duration(*setting)) backoff = Backoff::fixed(*fixed);
    } else if (setting != nullptr) {
        for (const TomlSetting& part : TomlReader::settings(*setting->value->as_table())) {
            if (part.key == "first") {
                backoff.first = in_.duration(part).value_or(backoff.first);
            } else if (part.key == "longest") {
                backoff.longest = in_.duration(part).value_or(backoff.longest);
            } else if (part.key == "factor") {
                backoff.factor = in_.number(part).value_or(backoff.factor);
            } else if (part.key == "jitter") {
                backoff.jitter = in_.number(part).value_or(backoff.jitter);
            } else {
                in_.unknown(part, "a backoff", backoff_keys);
            }
        }
    }
    std::uint32_t retries = 0;
    if (const TomlSetting* const count = find("retries")) {
        retries = static_cast<std::uint32_t>(in_.integer(*count, 0, most_counted).value_or(0));
    }
    const Status set = job_.set_retries(retries, backoff);
    if (setting != nullptr) in_.check(*setting, set);
}

/// `output_file = "/path"`, or a table.
std::optional<OutputFile> JobReader::read_output_file() {
    const TomlSetting* const setting = find("output_file");
    if (setting == nullptr) return std::nullopt;
    OutputFile file;
    bool is_known = true;
    if (!setting->value->is_table()) {
        auto path = in_.text(*setting);
        if (!path) return std::nullopt;
        file.path = std::move(*path);
    } else {
        for (const TomlSetting& part : TomlReader::settings(*setting->value->as_table())) {
            if (part.key == "path") {
                file.path = in_.text(part).value_or("");
            } else if (part.key == "max_size") {
                file.max_size = in_.size(part).value_or(file.max_size);
            } else if (part.key == "keep") {
                file.keep = static_cast<std::uint32_t>(
                    in_.integer(part, 0, most_counted).value_or(file.keep));
            } else {
                in_.unknown(part, "an output file", output_file_keys);
                is_known = false;
            }
        }
    }
    if (!is_known) return std::nullopt;
    const Status checked = check_output_file(file);
    in_.check(*setting, checked);
    if (!checked) return std::nullopt;
    return file;
}

/// With the directory that the file names for secrets, unless it is a path itself.
std::string JobReader::secret_place(const TomlSetting& setting, std::string secret) {
    if (secret.starts_with('/')) return secret;
    if (const Status plain = check_secret_name(secret); !plain) {
        in_.check(setting, plain);
        return '/' + secret;
    }
    const TomlSetting* const directory = find("secrets_directory");
    if (directory == nullptr) {
        in_.refuse(setting,
                   "'" + printable(secret, 40) + "' is no path, and no secrets_directory is named");
        return secret;
    }
    const std::string place = in_.text(*directory).value_or("");
    if (!place.starts_with('/')) {
        in_.refuse(*directory, "must be an absolute path");
        return secret;
    }
    return place + (place.ends_with('/') ? "" : "/") + secret;
}

void JobReader::read_task(const TomlSetting& name) {
    constexpr std::array<std::string_view, 3> kinds{"command", "shell", "http"};
    const TomlSetting* what = nullptr;
    for (const std::string_view kind : kinds) {
        const TomlSetting* const setting = find(kind);
        if (setting == nullptr) continue;
        if (what != nullptr) {
            in_.refuse_key(*setting, "job '" + printable(name.key) + "' has '" +
                                         std::string(what->key) + "' already; one of command, " +
                                         "shell and http is what it does");
            return;
        }
        what = setting;
    }
    if (what == nullptr) {
        in_.refuse_key(name, "job '" + printable(name.key) +
                                 "' has nothing to do: one of command = [\"program\", \"word\"], "
                                 "shell = \"line\" and http = { url = \"…\" } is wanted");
        return;
    }
    if (what->key == "http") {
        read_request(*what);
    } else {
        read_command(*what);
    }
}

}  // namespace quantum::config
