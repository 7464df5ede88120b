#include "config/job_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "config/crontab_jobs.hpp"

namespace quantum::config {
namespace {

/// Whose a key is.
enum class Use : std::uint8_t {
    any,      ///< every job's, and a default
    command,  ///< a command's, and a default for commands
    own,      ///< one job's alone: when, and what
    own_command,
};

struct KnownKey {
    std::string_view name;
    Use use;
};

constexpr std::array keys{
    KnownKey{"schedule", Use::own},
    KnownKey{"command", Use::own},
    KnownKey{"shell", Use::own},
    KnownKey{"http", Use::own},
    KnownKey{"zone", Use::any},
    KnownKey{"dialect", Use::any},
    KnownKey{"days", Use::any},
    KnownKey{"dst", Use::any},
    KnownKey{"dst_gap", Use::any},
    KnownKey{"dst_repeat", Use::any},
    KnownKey{"from", Use::own},
    KnownKey{"until", Use::own},
    KnownKey{"except_dates", Use::any},
    KnownKey{"state", Use::any},
    KnownKey{"misfire", Use::any},
    KnownKey{"misfire_cap", Use::any},
    KnownKey{"grace", Use::any},
    KnownKey{"overlap", Use::any},
    KnownKey{"queue", Use::any},
    KnownKey{"timeout", Use::any},
    KnownKey{"kill_after", Use::command},
    KnownKey{"input", Use::own_command},
    KnownKey{"env", Use::command},
    KnownKey{"env_file", Use::command},
    KnownKey{"secrets", Use::command},
    KnownKey{"working_directory", Use::command},
    KnownKey{"user", Use::command},
    KnownKey{"group", Use::command},
    KnownKey{"umask", Use::command},
    KnownKey{"nice", Use::command},
    KnownKey{"limits", Use::command},
    KnownKey{"new_privileges", Use::command},
    KnownKey{"success_codes", Use::command},
};

constexpr std::array<std::string_view, 9> request_keys{
    "url",     "method",    "headers",         "body",        "status",
    "ca_file", "redirects", "local_redirects", "max_response"};
constexpr std::array<std::string_view, 6> limit_keys{"address_space", "cpu",       "open_files",
                                                     "processes",     "file_size", "core_size"};

/// What other schedulers call it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> other_names{{
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
}};

constexpr std::array overlap_words{
    Word<Overlap>{"allow", Overlap::allow}, Word<Overlap>{"skip", Overlap::skip},
    Word<Overlap>{"queue", Overlap::queue}, Word<Overlap>{"replace", Overlap::replace}};
constexpr std::array misfire_words{Word<Misfire>{"one", Misfire::one},
                                   Word<Misfire>{"all", Misfire::all},
                                   Word<Misfire>{"skip", Misfire::skip}};
constexpr std::array state_words{Word<JobState>{"active", JobState::active},
                                 Word<JobState>{"inactive", JobState::inactive}};
constexpr std::array day_words{Word<DayRule>{"any", DayRule::either},
                               Word<DayRule>{"all", DayRule::both}};
constexpr std::array gap_words{Word<DstGap>{"end", DstGap::end},
                               Word<DstGap>{"shift", DstGap::shift},
                               Word<DstGap>{"skip", DstGap::skip}};
constexpr std::array repeat_words{
    Word<DstRepeat>{"auto", DstRepeat::automatic}, Word<DstRepeat>{"first", DstRepeat::first},
    Word<DstRepeat>{"second", DstRepeat::second}, Word<DstRepeat>{"both", DstRepeat::both},
    Word<DstRepeat>{"none", DstRepeat::none}};
constexpr std::array<std::string_view, 4> preset_words{"vixie", "robfig", "quartz", "quantum"};

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

bool is_default(Use use) { return use == Use::any || use == Use::command; }

std::string_view hint_for(std::string_view key, std::span<const std::string_view> known) {
    for (const auto& [other, ours] : other_names) {
        if (other == key && std::find(known.begin(), known.end(), ours) != known.end()) return ours;
    }
    return {};
}

Setting element(const Setting& setting, const toml::node& node) {
    return {setting.key, setting.key_place, &node};
}

/// "204", "2xx", "200-299".
std::optional<HttpStatusRange> status_range(std::string_view text) {
    const auto number = [](std::string_view digits) -> std::optional<std::uint16_t> {
        std::uint16_t value = 0;
        const char* const end = digits.data() + digits.size();
        const auto [rest, error] = std::from_chars(digits.data(), end, value);
        if (error != std::errc() || rest != end) return std::nullopt;
        return value;
    };
    if (text.size() == 3 && text.substr(1) == "xx" && text[0] >= '2' && text[0] <= '5') {
        const auto hundred = static_cast<std::uint16_t>((text[0] - '0') * 100);
        return HttpStatusRange{hundred, static_cast<std::uint16_t>(hundred + 99)};
    }
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto first = number(text.substr(0, dash));
    const auto last = dash == text.size() ? first : number(text.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    return HttpStatusRange{*first, *last};
}

}  // namespace

SettingTable known_settings(TomlReader& reader, const toml::table& table, bool defaults) {
    std::vector<std::string_view> known;
    for (const auto& [name, use] : keys) {
        if (!defaults || is_default(use)) known.push_back(name);
    }
    SettingTable result;
    for (const Setting& setting : TomlReader::settings(table)) {
        if (std::find(known.begin(), known.end(), setting.key) != known.end()) {
            result.emplace(setting.key, setting);
            continue;
        }
        const bool own = std::any_of(keys.begin(), keys.end(), [&setting](const KnownKey& key) {
            return key.name == setting.key;
        });
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

Job JobTable::read(const Setting& name, const SettingTable& own) {
    own_ = &own;
    job_ = Job();
    if (const Status named = job_.set_name(std::string(name.key)); !named) {
        in_.refuse_key(name, named.error().message);
    }
    job_.set_source(printable(options_.path, 200) + ':' +
                    std::to_string(in_.at(name.key_place).line));
    read_schedule(name);
    read_policies();
    read_task(name);
    return std::move(job_);
}

const Setting* JobTable::find(std::string_view key) const {
    if (const auto own = own_->find(key); own != own_->end()) return &own->second;
    const auto usual = defaults_.find(key);
    return usual == defaults_.end() ? nullptr : &usual->second;
}

void JobTable::read_schedule(const Setting& name) {
    std::string zone(options_.zone);
    bool wrong = false;
    if (const Setting* const setting = find("zone")) {
        if (auto text = in_.text(*setting)) zone = std::move(*text);
        if (const auto probe = parse_schedule("* * * * *", {.zone = zone}); !probe) {
            in_.refuse(*setting, probe.error().message);
            wrong = true;
        }
    }
    Dialect dialect = Dialect::cron;
    if (const Setting* const setting = find("dialect")) {
        std::vector<std::string_view> names;
        for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
            names.push_back(to_string(static_cast<Dialect>(value)));
        }
        const auto index = in_.index_of_word(*setting, names);
        wrong = wrong || !index;
        if (index) dialect = static_cast<Dialect>(*index);
    }
    std::optional<DayRule> days;
    if (const Setting* const setting = find("days")) {
        days = in_.word(*setting, day_words);
        wrong = wrong || !days;
    }
    const auto dst = read_dst();
    const Setting* const setting = find("schedule");
    if (setting == nullptr) {
        in_.refuse_key(name, "job '" + printable(name.key) + "' has no schedule");
        return;
    }
    if (wrong || !dst) return;

    std::vector<const toml::node*> texts{setting->value};
    if (const auto* const list = setting->value->as_array()) {
        texts.clear();
        for (const toml::node& node : *list) texts.push_back(&node);
        if (texts.empty()) in_.refuse(*setting, "the list is empty");
    }
    std::vector<Schedule> schedules;
    for (const toml::node* const node : texts) {
        const auto text = in_.text(element(*setting, *node));
        if (!text) return;
        auto parsed = parse_schedule(
            *text, {.dialect = dialect, .zone = zone, .name = name.key, .dst = *dst, .days = days});
        if (!parsed) {
            const ScheduleError& error = parsed.error();
            in_.refuse_part(*setting, *node, error.column, error.length,
                            (error.field.empty() ? "" : error.field + " field: ") + error.message);
            return;
        }
        if (parsed->is_reboot() && texts.size() > 1) {
            in_.refuse(element(*setting, *node), "@reboot has no due times and stands alone");
            return;
        }
        schedules.push_back(std::move(*parsed));
    }
    if (schedules.empty()) return;
    Schedule schedule = schedules.size() == 1 ? std::move(schedules.front())
                                              : Schedule::any_of(std::move(schedules));
    narrow(schedule);
    job_.set_schedule(std::move(schedule));
}

std::optional<DstPolicy> JobTable::read_dst() {
    DstPolicy dst;
    if (const Setting* const setting = find("dst")) {
        const auto index = in_.index_of_word(*setting, preset_words);
        if (!index) return std::nullopt;
        dst = dst_preset_named(preset_words[*index]).value_or(dst);
    }
    if (const Setting* const setting = find("dst_gap")) {
        const auto gap = in_.word(*setting, gap_words);
        if (!gap) return std::nullopt;
        dst.gap = *gap;
    }
    if (const Setting* const setting = find("dst_repeat")) {
        const auto repeat = in_.word(*setting, repeat_words);
        if (!repeat) return std::nullopt;
        dst.repeat = *repeat;
    }
    return dst;
}

/// By `from`, `until` and `except_dates`.
void JobTable::narrow(Schedule& schedule) {
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    if (const Setting* const setting = find("from")) from = in_.instant(*setting);
    if (const Setting* const setting = find("until")) {
        until = in_.instant(*setting);
        if (from && until && *until <= *from) in_.refuse(*setting, "is not later than 'from'");
    }
    if (const Setting* const setting = find("except_dates")) {
        const auto* const list = setting->value->as_array();
        std::vector<std::chrono::year_month_day> dates;
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const auto* const date = (*list)[i].as_date();
            if (date == nullptr) break;
            dates.emplace_back(std::chrono::year{date->get().year},
                               std::chrono::month{date->get().month},
                               std::chrono::day{date->get().day});
        }
        if (list == nullptr || dates.size() != list->size()) {
            in_.refuse(*setting,
                       "a list of dates is wanted, such as [2026-12-25, 2027-01-01], without "
                       "quotes");
        } else if (!dates.empty()) {
            schedule = schedule.except_dates(std::move(dates));
        }
    }
    if (from || until) schedule = schedule.within(from, until);
}

void JobTable::read_policies() {
    if (const Setting* const setting = find("state")) {
        if (const auto state = in_.word(*setting, state_words)) job_.set_state(*state);
    }
    if (const Setting* const setting = find("misfire")) {
        if (const auto misfire = in_.word(*setting, misfire_words)) job_.set_misfire(*misfire);
    }
    if (const Setting* const setting = find("misfire_cap")) {
        if (const auto cap = in_.integer(*setting, 1, most)) {
            in_.check(*setting, job_.set_misfire_cap(static_cast<std::uint32_t>(*cap)));
        }
    }
    if (const Setting* const setting = find("grace")) {
        if (const auto grace = in_.duration(*setting)) {
            in_.check(*setting, job_.set_grace(*grace));
        }
    }
    if (const Setting* const setting = find("overlap")) {
        if (const auto overlap = in_.word(*setting, overlap_words)) job_.set_overlap(*overlap);
    }
    if (const Setting* const setting = find("queue")) {
        if (const auto limit = in_.integer(*setting, 1, most)) {
            in_.check(*setting, job_.set_queue_limit(static_cast<std::uint32_t>(*limit)));
        }
    }
}

void JobTable::read_task(const Setting& name) {
    constexpr std::array<std::string_view, 3> kinds{"command", "shell", "http"};
    const Setting* what = nullptr;
    for (const std::string_view kind : kinds) {
        const Setting* const setting = find(kind);
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

/// The program and its words; none where they could not be read.
std::vector<std::string> JobTable::read_argv(const Setting& what, const Environment& environment) {
    if (what.key == "shell") {
        auto line = in_.text(what);
        if (!line) return {};
        const std::string_view shell = find_variable(environment, "SHELL").value_or("");
        return {std::string(shell.empty() ? "/bin/sh" : shell), "-c", std::move(*line)};
    }
    if (what.value->is_string()) {
        in_.refuse(what,
                   "is a text, where a list of words is wanted: [\"program\", \"word\"]; a line "
                   "for the shell is said by the key 'shell'");
        return {};
    }
    auto words = in_.texts(what).value_or(std::vector<std::string>());
    if (what.value->is_array() && what.value->as_array()->empty()) {
        in_.refuse(what, "names no program");
    }
    return words;
}

void JobTable::read_command(const Setting& what) {
    Command command;
    const Account account = read_identity(command);
    read_environment(command, account);
    command.argv = read_argv(what, command.environment);
    command.working_directory = find_variable(command.environment, "HOME").value_or("");
    if (const Setting* const setting = find("working_directory")) {
        command.working_directory = in_.text(*setting).value_or("");
    }
    if (const Setting* const setting = find("input")) command.input = in_.text(*setting);
    if (const Setting* const setting = find("timeout")) command.timeout = in_.duration(*setting);
    if (const Setting* const setting = find("kill_after")) {
        command.kill_after = in_.duration(*setting).value_or(command.kill_after);
    }
    if (const Setting* const setting = find("success_codes")) read_success_codes(*setting, command);
    if (!command.argv.empty()) in_.check(what, job_.set_task(std::move(command)));
}

void JobTable::read_success_codes(const Setting& setting, Command& command) {
    const auto* const list = setting.value->as_array();
    if (list == nullptr || list->empty()) {
        in_.refuse(setting, "a list of exit codes is wanted, such as [0, 3]");
        return;
    }
    std::vector<int> codes;
    for (const toml::node& node : *list) {
        const auto code = in_.integer(element(setting, node), 0, 255);
        if (code) codes.push_back(static_cast<int>(*code));
    }
    if (!codes.empty()) command.success_codes = std::move(codes);
}

void JobTable::read_environment(Command& command, const Account& account) {
    Environment assignments;
    // Both count, the job's own over the defaults.
    for (const SettingTable* const settings : {&defaults_, own_}) {
        const auto env = settings->find("env");
        if (env == settings->end()) continue;
        const toml::table* const table = in_.table(env->second);
        if (table == nullptr) continue;
        for (const Setting& variable : TomlReader::settings(*table)) {
            if (variable.key.empty() || variable.key.find('=') != std::string_view::npos) {
                in_.refuse_key(variable,
                               "env: '" + printable(variable.key) + "' is no name of a variable");
                continue;
            }
            if (const auto value = in_.text(variable)) {
                set_variable(assignments, variable.key, *value);
            }
        }
    }
    command.environment = base_environment(account, options_.inherited, assignments);
    if (const Setting* const setting = find("env_file")) {
        command.environment_file = in_.text(*setting).value_or("");
    }
    if (const Setting* const setting = find("secrets")) {
        if (const toml::table* const table = in_.table(*setting)) {
            for (const Setting& secret : TomlReader::settings(*table)) {
                if (auto file = in_.text(secret)) {
                    command.secrets.push_back({std::string(secret.key), std::move(*file)});
                }
            }
        }
    }
}

/// Gives back whose account it runs under.
Account JobTable::read_identity(Command& command) {
    Account account = options_.account;
    if (const Setting* const setting = find("user")) {
        const std::string user = in_.text(*setting).value_or(account.name);
        if (user != account.name) {
            const auto other = find_account(user);
            if (!options_.account.is_root) {
                in_.refuse(*setting,
                           "only root can run commands as others, and this program runs as '" +
                               printable(account.name, 40) + "'");
            } else if (!other) {
                in_.refuse(*setting, "'" + printable(user, 40) + "' is no user of this machine");
            }
            command.user = user;
            account = other.value_or(account);
        }
    }
    command.new_privileges = options_.new_privileges;
    if (const Setting* const setting = find("group")) {
        command.group = in_.text(*setting).value_or("");
    }
    if (const Setting* const setting = find("umask")) {
        if (const auto mask = in_.octal(*setting, 0777)) {
            command.file_mode_mask = static_cast<unsigned>(*mask);
        }
    }
    if (const Setting* const setting = find("nice")) {
        if (const auto nice = in_.integer(*setting, -20, 19))
            command.nice = static_cast<int>(*nice);
    }
    if (const Setting* const setting = find("new_privileges")) {
        command.new_privileges = in_.boolean(*setting).value_or(false);
    }
    if (const Setting* const setting = find("limits")) read_limits(*setting, command.limits);
    return account;
}

void JobTable::read_limits(const Setting& setting, ResourceLimits& limits) {
    const toml::table* const table = in_.table(setting);
    if (table == nullptr) return;
    const auto count = [this](const Setting& limit) -> std::optional<std::uint64_t> {
        const auto value = in_.integer(limit, 1, most);
        if (!value) return std::nullopt;
        return static_cast<std::uint64_t>(*value);
    };
    for (const Setting& limit : TomlReader::settings(*table)) {
        if (limit.key == "address_space") {
            limits.address_space = in_.size(limit);
        } else if (limit.key == "cpu") {
            const auto cpu = in_.duration(limit);
            if (cpu && *cpu < std::chrono::seconds(1)) in_.refuse(limit, "at least 1s is wanted");
            if (cpu) {
                limits.cpu_seconds = static_cast<std::uint64_t>(
                    std::chrono::ceil<std::chrono::seconds>(*cpu).count());
            }
        } else if (limit.key == "open_files") {
            limits.open_files = count(limit);
        } else if (limit.key == "processes") {
            limits.processes = count(limit);
        } else if (limit.key == "file_size") {
            limits.file_size = in_.size(limit);
        } else if (limit.key == "core_size") {
            limits.core_size = in_.size(limit);
        } else {
            in_.unknown(limit, "the limits", limit_keys);
        }
    }
}

void JobTable::read_request(const Setting& what) {
    for (const auto& [name, use] : keys) {
        const auto own = own_->find(name);
        if (own == own_->end() || (use != Use::command && use != Use::own_command)) continue;
        in_.refuse_key(own->second, "'" + std::string(name) +
                                        "' concerns commands, and this job sends a request");
    }
    const toml::table* const table = in_.table(what);
    if (table == nullptr) return;
    HttpRequest request;
    const std::vector<Setting> parts = TomlReader::settings(*table);
    for (const Setting& part : parts) {
        if (part.key == "url") {
            request.url = in_.text(part).value_or("");
        } else if (part.key == "method") {
            request.method = in_.text(part).value_or(request.method);
        } else if (part.key == "headers") {
            read_headers(part, request);
        } else if (part.key == "body") {
            request.body = in_.text(part).value_or("");
        } else if (part.key == "status") {
            read_statuses(part, request);
        } else if (part.key == "ca_file") {
            request.ca_file = in_.text(part).value_or("");
        } else if (part.key == "redirects") {
            if (const auto redirects = in_.integer(part, 0, 50)) {
                request.redirects = static_cast<std::uint32_t>(*redirects);
            }
        } else if (part.key == "local_redirects") {
            request.local_redirects = in_.boolean(part).value_or(false);
        } else if (part.key == "max_response") {
            request.max_response = in_.size(part);
        } else {
            in_.unknown(part, "a request", request_keys);
        }
    }
    if (const Setting* const setting = find("timeout")) {
        request.timeout = in_.duration(*setting).value_or(request.timeout);
    }
    const Status set = job_.set_task(std::move(request));
    if (set) return;
    const auto named = std::find_if(parts.begin(), parts.end(), [&set](const Setting& part) {
        return set.error().message.starts_with(std::string(part.key) + ":");
    });
    in_.check(named == parts.end() ? what : *named, set);
}

void JobTable::read_headers(const Setting& setting, HttpRequest& request) {
    const toml::table* const table = in_.table(setting);
    if (table == nullptr) return;
    for (const Setting& header : TomlReader::settings(*table)) {
        const std::string name(header.key);
        if (!header.value->is_array()) {
            if (auto value = in_.text(header))
                request.headers.emplace_back(name, std::move(*value));
            continue;
        }
        for (auto& value : in_.texts(header).value_or(std::vector<std::string>())) {
            request.headers.emplace_back(name, std::move(value));
        }
    }
}

void JobTable::read_statuses(const Setting& setting, HttpRequest& request) {
    constexpr std::string_view allowed = R"(a status is wanted, or several: 204, "2xx", "200-299")";
    std::vector<const toml::node*> nodes{setting.value};
    if (const auto* const list = setting.value->as_array()) {
        nodes.clear();
        for (const toml::node& node : *list) nodes.push_back(&node);
    }
    std::vector<HttpStatusRange> ranges;
    for (const toml::node* const node : nodes) {
        std::optional<HttpStatusRange> range;
        if (const auto* const number = node->as_integer()) {
            range = status_range(std::to_string(number->get()));
        } else if (const auto* const text = node->as_string()) {
            range = status_range(text->get());
        }
        if (range) {
            ranges.push_back(*range);
        } else {
            in_.refuse(element(setting, *node), std::string(allowed));
        }
    }
    if (ranges.size() == nodes.size()) request.expected_status = std::move(ranges);
}

}  // namespace quantum::config
