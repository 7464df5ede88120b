#include "cli/shared_options.hpp"

#include "config/quantity.hpp"

namespace quantum::cli {

std::vector<std::string> dialect_names() {
    std::vector<std::string> names;
    for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
        names.emplace_back(to_string(static_cast<Dialect>(value)));
    }
    return names;
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

CLI::Option* add_time(CLI::App* command, const std::string& name, std::string& chosen,
                      const std::string& description) {
    return command->add_option(name, chosen, description)->type_name("TIME");
}

void add_zone(CLI::App* command, std::string& zone) {
    command
        ->add_option("--tz", zone,
                     "Time zone of entries above any CRON_TZ (default: the machine's)")
        ->type_name("ZONE");
}

}  // namespace quantum::cli
