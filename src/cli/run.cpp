#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/desired_jobs.hpp"
#include "cli/load_options.hpp"
#include "cli/mutant.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "config/load.hpp"
#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"

namespace quantum::cli {
namespace {

/// Every problem as a log line of its own; the daemon then says what follows from them.
class ProblemLog {
public:
    explicit ProblemLog(daemon::LogFormat format) : format_(format) {}

    void write(const std::vector<config::LoadedFile>& files) {
        for (const config::LoadedFile& file : files) {
            if (file.unreadable) {
                add(file, {config::Severity::error, 0, 1, 1, file.unreadable->message});
            }
            for (const config::Diagnostic& problem : file.diagnostics()) add(file, problem);
        }
        if (found_ > most) {
            out_.text() +=
                daemon::LogLine(format_, time_, LogLevel::warning,
                                "there are more problems; `quantum check` shows them all")
                    .number("left_out", static_cast<std::int64_t>(found_ - most))
                    .finish();
        }
        static_cast<void>(out_.flush());  // a log that takes no more stops nobody
    }

private:
    static constexpr std::size_t most = 100;

    void add(const config::LoadedFile& file, const config::Diagnostic& problem) {
        if (++found_ > most) return;
        const bool error = problem.severity == config::Severity::error;
        out_.text() += daemon::LogLine(format_, time_, error ? LogLevel::error : LogLevel::warning,
                                       problem.message)
                           .text("source", config::position(file.path, problem))
                           .finish();
    }

    const daemon::LogFormat format_;
    const WallTime time_ = now().value_or(WallTime());
    Output out_{standard_error};
    std::size_t found_ = 0;
};

daemon::DesiredJobs wanted_jobs(const RunOptions& options, config::LoadOptions load,
                                const config::KnownJobs& known) {
    load.now = now().value_or(WallTime());
    load.known = known;
    load.only_jobs = true;
    std::vector<config::LoadedFile> files = config::load_files(options.files, load);
    if (!mutated(CliMutant::problems_not_logged)) ProblemLog(options.log_format).write(files);
    return desired_jobs(std::move(files), {.system = options.system,
                                           .new_privileges = options.new_privileges,
                                           .zone = load.zone,
                                           .pass_env = options.pass_env});
}

}  // namespace

int run(const RunOptions& options) {
    if (std::find(options.files.begin(), options.files.end(), "-") != options.files.end()) {
        print_error("run: standard input cannot be reloaded; use a file");
        return exit_usage;
    }
    Result<config::LoadOptions> load = load_options(options.system, options.zone, options.pass_env);
    if (!load) {
        print_error(load.error().message);
        return exit_usage;
    }
    load->new_privileges = options.new_privileges;
    daemon::DaemonOptions settings;
    if (load->account.is_root && options.system && !mutated(CliMutant::system_runs_as_root_only)) {
        settings.allow_run_as = {"*"};
    }
    if (!options.ephemeral) {
        auto place = state_directory(options.state);
        if (!place) {
            print_error(place.error().message + ", or use --ephemeral");
            return exit_usage;
        }
        settings.state = std::move(*place);
    }
    settings.new_ledger = options.new_ledger;
    settings.keep_output = options.keep_output;
    settings.keep_ledger = options.keep_ledger;
    settings.keep_output_size = options.keep_output_size;
    if (!mutated(CliMutant::crash_word_lost)) settings.on_crash = options.on_crash;
    settings.log_format = options.log_format;
    settings.log_output_rate = options.log_output_rate;
    settings.owns_process = true;
    settings.strict = options.strict;
    settings.load_jobs = [&options, &load](const config::KnownJobs& known) {
        return wanted_jobs(options, *load, known);
    };
    return daemon::run_daemon(settings);
}

}  // namespace quantum::cli
