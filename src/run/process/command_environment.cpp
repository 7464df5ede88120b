#include "run/process/command_environment.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "run/mutant.hpp"

namespace quantum::run {
namespace {

std::string assignment(std::string_view name, std::string_view value) {
    std::string text;
    text.reserve(name.size() + 1 + value.size());
    text.append(name).append(1, '=').append(value);
    return text;
}

bool names(std::span<const Variable> variables, std::string_view name) {
    return std::any_of(variables.begin(), variables.end(),
                       [name](const auto& variable) { return variable.first == name; });
}

}  // namespace

std::vector<std::string> command_environment(const EnvironmentSources& sources) {
    const Execution& execution = sources.execution;
    const auto& schedule = execution.job->schedule();
    const std::array<Variable, 7> own{{
        {"QUANTUM_JOB", execution.job->name()},
        {"QUANTUM_EXECUTION_ID", execution.id.text()},
        {"QUANTUM_DUE", base::rfc3339(execution.due)},
        {"QUANTUM_ATTEMPT", std::to_string(execution.attempt)},
        {"QUANTUM_NODE", std::string(sources.node)},
        {"QUANTUM_TIMEZONE", schedule ? std::string(schedule->zone_name()) : "UTC"},
        {"QUANTUM_SCHEDULER", std::string(sources.scheduler)},
    }};
    std::array<std::span<const Variable>, 4> rising{sources.account, sources.command.environment,
                                                    sources.secrets, own};
    if (mutated(RunMutant::own_variables_lose)) std::swap(rising[1], rising[3]);
    std::vector<std::string> environment;
    environment.reserve(sources.account.size() + sources.command.environment.size() +
                        sources.secrets.size() + own.size());
    if (mutated(RunMutant::environment_inherited)) {
        for (char** own_one = environ; *own_one != nullptr; ++own_one) {
            environment.emplace_back(*own_one);
        }
    }
    for (std::size_t at = 0; at < rising.size(); ++at) {
        for (const auto& [name, value] : rising[at]) {
            const auto replaces = [&name = name](std::span<const Variable> later) {
                return names(later, name);
            };
            if (std::none_of(rising.begin() + static_cast<std::ptrdiff_t>(at) + 1, rising.end(),
                             replaces)) {
                environment.push_back(assignment(name, value));
            }
        }
    }
    return environment;
}

std::string_view search_path(const std::vector<std::string>& environment) {
    for (const std::string_view variable : environment) {
        if (variable.starts_with("PATH=")) return variable.substr(5);
    }
    return default_path;
}

std::vector<std::string> program_candidates(const std::string& program,
                                            const std::vector<std::string>& environment) {
    if (program.empty() || program.find('/') != std::string::npos) return {program};
    std::vector<std::string> candidates;
    std::string_view path = search_path(environment);
    for (bool more = true; more;) {
        const std::size_t colon = path.find(':');
        const std::string_view directory = path.substr(0, colon);
        more = colon != std::string_view::npos;
        if (more) path.remove_prefix(colon + 1);
        // An empty element is the working directory, as in every shell.
        candidates.emplace_back(directory);
        if (!directory.empty() && !directory.ends_with('/')) candidates.back() += '/';
        candidates.back() += program;
    }
    return candidates;
}

}  // namespace quantum::run
