// The daemon without the command line: jobs from a file of `name<TAB>schedule<TAB>shell command`,
// the schedule in seconds (quantum-extended). Options: --json, --state DIR, --grace MS,
// --kill-after MS.
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/daemon.hpp"

namespace quantum::daemon {
namespace {

Result<Job> read_job(const std::string& line, const std::string& source) {
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
        return fail(ErrorCode::invalid_argument, "a line needs two tabs: " + line);
    }
    Job job;
    if (Status named = job.set_name(line.substr(0, first)); !named) {
        return tl::unexpected(named.error());
    }
    const std::string schedule = line.substr(first + 1, second - first - 1);
    const Dialect dialect = schedule.starts_with('@') ? Dialect::cron : Dialect::quantum_extended;
    if (Status scheduled = job.set_schedule(schedule, {.dialect = dialect}); !scheduled) {
        return tl::unexpected(scheduled.error());
    }
    Command command;
    command.argv = {"/bin/sh", "-c", line.substr(second + 1)};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    if (Status set = job.set_task(std::move(command)); !set) return tl::unexpected(set.error());
    job.set_overlap(Overlap::allow).set_source(source);
    return job;
}

DesiredJobs read_jobs(const std::string& path) {
    WantedFile wanted{path};
    std::ifstream file(path);
    if (!file) wanted.bad = "cannot read " + path;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        auto job = read_job(line, path + ':' + std::to_string(++number));
        if (job) {
            wanted.jobs.push_back(std::move(*job));
        } else {
            wanted.bad = std::move(job).error().message;
        }
    }
    return {.files = {std::move(wanted)}};
}

int run(int argc, char** argv) {
    DaemonOptions options;
    options.load_jobs = [path = std::string(argv[1])](const LoadRequest&) {
        return read_jobs(path);
    };
    options.node = "test-node";
    for (int i = 2; i < argc; ++i) {
        const std::string option = argv[i];
        if (option == "--json") {
            options.log_format = LogFormat::json;
            continue;
        }
        if (option == "--state") {
            options.state = argv[++i];
            continue;
        }
        const auto value = std::chrono::milliseconds(std::atoi(argv[++i]));
        if (option == "--grace") options.shutdown_grace = value;
        if (option == "--kill-after") options.shutdown_kill_after = value;
    }
    return run_daemon(options);
}

}  // namespace
}  // namespace quantum::daemon

int main(int argc, char** argv) { return quantum::daemon::run(argc, argv); }
