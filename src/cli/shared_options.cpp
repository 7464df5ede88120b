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

CLI::Option* add_state(CLI::App* command, std::string& state) {
    return command
        ->add_option("--state", state, "State directory (default: see quantum run --help)")
        ->type_name("DIR");
}

Duration duration_of(const std::string& option, const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) {
        throw CLI::ValidationError(option,
                                   "'" + text + "' is not a duration such as 90s, 36h or 7d");
    }
    return *duration;
}

CLI::Option* add_duration(CLI::App* command, const std::string& name, Duration& chosen,
                          const std::string& description) {
    return command
        ->add_option_function<std::string>(
            name, [name, &chosen](const std::string& text) { chosen = duration_of(name, text); },
            description)
        ->type_name("DURATION");
}

std::uint64_t size_of(const std::string& option, const std::string& text) {
    constexpr std::uint64_t most = std::uint64_t{1} << 50U;
    const auto size = config::parse_size(text);
    if (!size || *size == 0 || *size > most) {
        throw CLI::ValidationError(option,
                                   "'" + text + "' is not a size such as 64KiB, 512MiB or 10GB");
    }
    return *size;
}

CLI::Option* add_time(CLI::App* command, const std::string& name, std::string& chosen,
                      const std::string& description) {
    return command->add_option(name, chosen, description)->type_name("TIME");
}

}  // namespace quantum::cli
