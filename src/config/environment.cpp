#include <algorithm>

#include "config/crontab.hpp"
#include "config/mutant.hpp"

namespace quantum::config {

void set_variable(Environment& environment, std::string_view name, std::string_view value) {
    const auto place =
        std::find_if(environment.begin(), environment.end(),
                     [name](const auto& variable) { return variable.first == name; });
    if (place == environment.end() || mutated(ConfigMutant::second_assignment_lost)) {
        environment.emplace_back(name, value);
    } else {
        place->second = value;
    }
}

std::optional<std::string_view> find_variable(const Environment& environment,
                                              std::string_view name) {
    for (const auto& [key, value] : environment) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace quantum::config
