#include "cli/shared_options.hpp"

#include "cli/now.hpp"

namespace quantum::cli {

std::vector<std::string> dialect_names() {
    std::vector<std::string> names;
    for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
        names.emplace_back(to_string(static_cast<Dialect>(value)));
    }
    return names;
}

WallTime instant(const std::string& text, const char* option) {
    const auto parsed = parse_rfc3339(text);
    if (!parsed) {
        throw CLI::ValidationError(
            option, "'" + text + "' is no RFC 3339 time such as 2026-11-22T00:05:00Z");
    }
    return *parsed;
}

void add_files(CLI::App* command, std::vector<std::string>& files, const std::string& description) {
    command->add_option("FILE", files, description)->required()->type_name("")->expected(1, -1);
}

void add_system(CLI::App* command, bool& system) {
    command->add_flag("--system", system,
                      "A user name stands before each command, as in /etc/crontab");
}

CLI::Option* add_state(CLI::App* command, std::string& state) {
    return command->add_option("--state", state, "The state directory, if it is not the usual one")
        ->type_name("DIR");
}

CLI::Option* add_duration(CLI::App* command, const std::string& name, Duration& chosen,
                          const std::string& description) {
    return command
        ->add_option_function<std::string>(
            name,
            [name, &chosen](const std::string& text) {
                const auto duration = parse_duration(text);
                if (!duration) {
                    throw CLI::ValidationError(
                        name, "'" + text + "' is no duration such as 90s, 36h or 7d");
                }
                chosen = *duration;
            },
            description)
        ->type_name("DURATION");
}

void add_moment(CLI::App* command, const std::string& name, std::optional<WallTime>& chosen,
                const std::string& description) {
    command
        ->add_option_function<std::string>(
            name, [name, &chosen](const std::string& text) { chosen = moment(name, text); },
            description)
        ->type_name("TIME");
}

WallTime moment(const std::string& name, const std::string& text) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    const auto ago = parse_duration(text);
    const auto current = now();
    if (!ago || !current) {
        throw CLI::ValidationError(name,
                                   "'" + text +
                                       "' is neither an instant such as 2026-11-22T00:05:00Z nor a "
                                       "time ago such as 36h or 7d");
    }
    return *current - *ago;
}

void add_zone(CLI::App* command, std::string& zone) {
    command
        ->add_option("--tz", zone,
                     "The time zone of entries above any CRON_TZ; the machine's, if it is not "
                     "given")
        ->type_name("ZONE");
}

}  // namespace quantum::cli
