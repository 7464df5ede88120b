#include "cli/shared_options.hpp"

#include "cli/now.hpp"
#include "config/quantity.hpp"

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
            option, "'" + text + "' is not an RFC 3339 time such as 2026-11-22T00:05:00Z");
    }
    return *parsed;
}

void add_files(CLI::App* command, std::vector<std::string>& files, const std::string& description) {
    command->add_option("FILE", files, description)->required()->type_name("")->expected(1, -1);
}

void add_system(CLI::App* command, bool& system) {
    command->add_flag("--system", system,
                      "The files have a user name before each command, like /etc/crontab");
}

CLI::Option* add_state(CLI::App* command, std::string& state) {
    return command
        ->add_option("--state", state, "State directory (default: see quantum run --help)")
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
                        name, "'" + text + "' is not a duration such as 90s, 36h or 7d");
                }
                chosen = *duration;
            },
            description)
        ->type_name("DURATION");
}

CLI::Option* add_size(CLI::App* command, const std::string& name, std::uint64_t& chosen,
                      const std::string& description) {
    return command
        ->add_option_function<std::string>(
            name,
            [name, &chosen](const std::string& text) {
                constexpr std::uint64_t most = std::uint64_t{1} << 50U;
                const auto size = config::parse_size(text);
                if (!size || *size == 0 || *size > most) {
                    throw CLI::ValidationError(
                        name, "'" + text + "' is not a size such as 64KiB, 512MiB or 10GB");
                }
                chosen = *size;
            },
            description)
        ->type_name("SIZE");
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

void add_control(CLI::App* command, server::ControlOptions& control) {
    command
        ->add_option_function<std::vector<std::string>>(
            "--access",
            [&control](const std::vector<std::string>& rights) {
                for (const std::string& right : rights) {
                    const std::size_t equals = right.find('=');
                    const std::string role = right.substr(0, equals);
                    std::vector<std::string>* const names =
                        role == "read"      ? &control.access.read
                        : role == "operate" ? &control.access.operate
                        : role == "admin"   ? &control.access.admin
                                            : nullptr;
                    if (names == nullptr || equals == std::string::npos ||
                        equals + 1 == right.size()) {
                        throw CLI::ValidationError(
                            "--access", "'" + right +
                                            "' is not ROLE=NAME, such as operate=ada or "
                                            "read=@staff; roles are read, operate and admin");
                    }
                    names->push_back(right.substr(equals + 1));
                }
            },
            "Give a user or @group a role on the socket: ROLE=NAME (repeatable)")
        ->type_name("ROLE=NAME")
        ->allow_extra_args(false);
    command
        ->add_option("--socket-mode", control.socket_mode,
                     "Mode of the socket; 0660 or 0666 let others connect")
        ->type_name("MODE")
        ->default_str("0600");
    command->add_option("--socket-group", control.socket_group, "Group of the socket")
        ->type_name("GROUP");
    command
        ->add_option("--listen", control.listen,
                     "Serve the API on this loopback address too, for tokens")
        ->type_name("ADDRESS:PORT");
}

void add_zone(CLI::App* command, std::string& zone) {
    command
        ->add_option("--tz", zone,
                     "Time zone of entries above any CRON_TZ (default: the machine's)")
        ->type_name("ZONE");
}

}  // namespace quantum::cli
