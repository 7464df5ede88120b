#include "model/command_support.hpp"

#include <utility>

#include "run/output/kept_output.hpp"
#include "run/process/command_runner.hpp"

namespace quantum::run {
namespace {

std::unique_ptr<Runner> make_command_runner(base::EventLoop& loop, Clock& clock, std::string node,
                                            const OutputSetting& output) {
    ChildRunnerOptions options;
    options.node = std::move(node);
    options.output = output_options(output);
    OrphanOptions orphans;
    orphans.spool_directory = options.output.spool_directory;
    return std::make_unique<CommandRunner>(loop, clock, std::move(options), std::move(orphans));
}

}  // namespace
}  // namespace quantum::run

void quantum::model::support_commands() { command_runner_maker.store(&run::make_command_runner); }
