#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/load_options.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/state_place.hpp"
#include "config/load.hpp"
#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"

namespace quantum::cli {
namespace {

/// Every problem as a log line of its own; the daemon then says what follows from them.
void log_problems(const std::vector<config::LoadedFile>& files, LogFormat format) {
    constexpr std::size_t most = 100;
    const WallTime time = now().value_or(WallTime());
    Output out(standard_error);
    std::size_t found = 0;
    for (const config::LoadedFile& file : files) {
        for (const config::Diagnostic& problem : file.diagnostics()) {
            if (++found > most) {
                continue;
            }
            const bool error = problem.severity == config::Severity::error;
            out.text() +=
                LogLine(format, time, error ? LogLevel::error : LogLevel::warning, problem.message)
                    .text("source", config::position(file.path, problem))
                    .finish();
        }
    }
    if (found > most) {
        out.text() += LogLine(format, time, LogLevel::warning,
                              "there are more problems; `quantum check` shows them all")
                          .number("left_out", static_cast<std::int64_t>(found - most))
                          .finish();
    }
    static_cast<void>(out.flush());  // a log that takes no more stops nobody
}

}  // namespace

int run(const RunOptions& options) {
    if (std::find(options.files.begin(), options.files.end(), "-") != options.files.end()) {
        complain("run: standard input cannot be read again at a reload; name a file");
        return exit_usage;
    }
    Result<config::LoadOptions> load = load_options(options.system, options.zone, options.pass_env);
    if (!load) {
        complain(load.error().message);
        return exit_usage;
    }
    // What root runs must be root's word, and so must be whose commands run.
    const bool as_root = load->account.is_root;
    load->trust = as_root || options.system ? FileTrust::root : FileTrust::anybody;
    load->new_privileges = options.new_privileges;
    DaemonOptions daemon;
    if (as_root && options.system) {
        daemon.allow_run_as = {"*"};
    }
    if (!options.ephemeral) {
        auto place = state_place(options.state);
        if (!place) {
            complain(place.error().message + ", or keep none with --ephemeral");
            return exit_usage;
        }
        daemon.state = std::move(*place);
    }
    daemon.keep_output = options.keep_output;
    daemon.keep_ledger = options.keep_ledger;
    daemon.on_crash = options.on_crash;
    daemon.log_format = options.log_format;
    daemon.owns_process = true;
    daemon.load_jobs = [&options, &load]() -> Result<WantedJobs> {
        config::LoadedJobs loaded = config::load_jobs(options.files, *load);
        log_problems(loaded.files, options.log_format);
        if (!loaded.jobs) return tl::unexpected(std::move(loaded.jobs).error());
        config::CommonSettings common = config::common_settings(loaded.files);
        return WantedJobs{*std::move(loaded.jobs), std::move(common.allow_run_as),
                          std::move(common.tag_concurrency)};
    };
    return run_daemon(daemon);
}

}  // namespace quantum::cli
