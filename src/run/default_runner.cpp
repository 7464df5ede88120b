#include "run/default_runner.hpp"

#include <utility>

#include "quantum/runner/combined_runner.hpp"

#include "run/commands_on_demand.hpp"

namespace quantum::run {

std::unique_ptr<Runner> make_default_runner(base::EventLoop& loop, Clock& clock,
                                            DefaultRunnerOptions options) {
    RunnersByTask runners;
    runners.functions = std::make_unique<FunctionRunner>(clock, std::move(options.functions));
    if (options.http) runners.requests = options.http(loop, clock, options.output);
    runners.commands = std::make_unique<CommandsOnDemand>(loop, clock, std::move(options.node),
                                                          std::move(options.output));
    return std::make_unique<CombinedRunner>(std::move(runners));
}

}  // namespace quantum::run
