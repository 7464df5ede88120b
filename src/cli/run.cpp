#include <cstddef>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/load_options.hpp"
#include "cli/output.hpp"
#include "config/load.hpp"
#include "daemon/daemon.hpp"

namespace quantum::cli {
namespace {

/// Every problem on a line of its own; the daemon's log then says what follows from it.
void print_problems(const std::vector<config::LoadedFile>& files) {
    constexpr std::size_t most = 100;
    Output out(standard_error);
    std::size_t printed = 0;
    for (const config::LoadedFile& file : files) {
        for (const config::Diagnostic& problem : file.crontab.diagnostics) {
            if (++printed <= most) {
                out.text() += config::position(file.path, problem) + ": " +
                              std::string(to_string(problem.severity)) + ": " + problem.message +
                              '\n';
            }
        }
    }
    if (printed > most) {
        out.text() += "and " + std::to_string(printed - most) +
                      " more problems; `quantum check` shows them all\n";
    }
    static_cast<void>(out.flush());
}

}  // namespace

int run(const RunOptions& options) {
    const Result<config::LoadOptions> load =
        load_options(options.system, options.zone, options.pass_env);
    if (!load) {
        complain(load.error().message);
        return exit_usage;
    }
    DaemonOptions daemon;
    daemon.log_format = options.log_format;
    daemon.load_jobs = [&options, &load] {
        const std::vector<config::LoadedFile> files = config::load_files(options.files, *load);
        print_problems(files);
        return config::jobs_of(files, *load);
    };
    return run_daemon(daemon);
}

}  // namespace quantum::cli
