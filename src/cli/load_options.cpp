#include "cli/load_options.hpp"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "quantum/schedule.hpp"

#include "config/account.hpp"
#include "config/diagnostic.hpp"
#include "config/local_zone.hpp"

namespace quantum::cli {
namespace {

config::Environment inherited(const std::vector<std::string>& names) {
    config::Environment environment;
    for (const std::string& name : names) {
        if (name == "all") {
            for (char** variable = environ; *variable != nullptr; ++variable) {
                const std::string_view text = *variable;
                const std::size_t equals = text.find('=');
                if (equals != std::string_view::npos) {
                    config::set_variable(environment, text.substr(0, equals),
                                         text.substr(equals + 1));
                }
            }
            // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread starts
        } else if (const char* value = std::getenv(name.c_str())) {
            config::set_variable(environment, name, value);
        }
    }
    return environment;
}

}  // namespace

Result<config::LoadOptions> load_options(bool system, const std::string& zone,
                                         const std::vector<std::string>& pass_env) {
    const bool own = zone.empty();
    const std::string name = own ? config::local_zone_name() : zone;
    if (const auto probe = parse_schedule("* * * * *", {.zone = name}); !probe) {
        return fail(ErrorCode::invalid_argument,
                    own ? "this machine's own time zone is set to '" + config::printable(name) +
                              "', which is not in the time-zone data; use --tz"
                        : "--tz: " + probe.error().message);
    }
    config::LoadOptions options{.system = system,
                                .zone = name,
                                .account = config::own_account(),
                                .inherited = inherited(pass_env)};
    // What root runs must be root's word, and so must be whose commands run.
    if (options.account.is_root || system) options.trust = base::FileTrust::root;
    return options;
}

}  // namespace quantum::cli
