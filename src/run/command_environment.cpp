#include "run/command_environment.hpp"

#include <algorithm>
#include <array>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"

namespace quantum {
namespace {

std::string assignment(std::string_view name, std::string_view value) {
    std::string text;
    text.reserve(name.size() + 1 + value.size());
    text.append(name).append(1, '=').append(value);
    return text;
}

}  // namespace

std::vector<std::string> command_environment(const Command& command, const Execution& execution,
                                             std::string_view node) {
    const auto& schedule = execution.job->schedule();
    const std::array<std::pair<std::string_view, std::string>, 6> own{{
        {"QUANTUM_JOB", execution.job->name()},
        {"QUANTUM_EXECUTION_ID", execution.id.text()},
        {"QUANTUM_DUE", rfc3339(execution.due)},
        {"QUANTUM_ATTEMPT", std::to_string(execution.attempt)},
        {"QUANTUM_NODE", std::string(node)},
        {"QUANTUM_TIMEZONE", schedule ? std::string(schedule->zone_name()) : "UTC"},
    }};
    std::vector<std::string> environment;
    environment.reserve(command.environment.size() + own.size());
    for (const auto& [name, value] : command.environment) {
        const auto same_name = [&name = name](const auto& pair) { return pair.first == name; };
        if (std::none_of(own.begin(), own.end(), same_name)) {
            environment.push_back(assignment(name, value));
        }
    }
    for (const auto& [name, value] : own) environment.push_back(assignment(name, value));
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

}  // namespace quantum
