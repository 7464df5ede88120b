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

}  // namespace quantum::cli
