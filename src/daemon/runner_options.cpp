#include "daemon/runner_options.hpp"

#include <memory>
#include <optional>

#include "base/event_loop.hpp"
#include "daemon/descriptor_limit.hpp"
#include "run/http/http_runner.hpp"
#include "run/output/output_capture.hpp"
#include "run/process/control_group.hpp"

namespace quantum::daemon {
namespace {

// A job that writes without end must fill neither the log nor the day: what of its output is logged
// at once, and of one execution at most, in seconds of its rate. Of 64 KiB that is 1 MiB and 16
// MiB.
constexpr std::uint64_t logged_burst = 16;
constexpr std::uint64_t logged_execution = 256;

}  // namespace

run::TaskRunnerOptions runner_options(const DaemonOptions& daemon, const std::string& node) {
    run::TaskRunnerOptions options;
    options.commands.node = node;
    options.commands.descriptor_limit = raise_descriptor_limit();
    if (daemon.owns_process) {
        options.commands.control_group = run::settle_in_delegated_control_group();
    }
    options.commands.allow_run_as = daemon.allow_run_as;
    options.commands.allow_run_as_group = daemon.allow_run_as_group;
    options.commands.fresh_scheduling = daemon.owns_process;
    if (daemon.state) {
        options.commands.output.keep = true;
        options.commands.output.spool_directory = (*daemon.state / run::spool_folder).string();
        options.orphans.spool_directory = options.commands.output.spool_directory;
    }
    const std::uint64_t rate = daemon.log_output_rate;
    options.commands.output.log = std::make_shared<run::LogShares>(
        run::LineRate{rate, rate * logged_burst, rate * logged_execution});
    options.orphans.on_crash = daemon.on_crash;
    // An answer is kept and told as a command's output is.
    options.http =
        [http = run::HttpRunnerOptions{.output = options.commands.output,
                                       .secrets_directory = options.commands.secrets_directory}](
            base::EventLoop& loop, Clock& clock, const OutputSetting&) {
            return std::make_unique<run::HttpRunner>(loop, clock, http);
        };
    return options;
}

}  // namespace quantum::daemon
