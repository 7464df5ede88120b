#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"

#include "config/account.hpp"
#include "config/crontab.hpp"
#include "config/diagnostic.hpp"
#include "config/known_jobs.hpp"

namespace quantum::config {

/// One job of a file, and where its name stands.
struct JobFileEntry {
    std::size_t line = 0;
    std::size_t column = 1;
    std::size_t length = 1;
    Job job;
    bool good = true;  ///< neither it nor what concerns all jobs has an error
};

/// What files say about all jobs together.
struct CommonSettings {
    std::vector<std::string> allow_run_as{};  ///< besides the program's own user
    std::map<std::string, std::size_t, std::less<>> tag_concurrency{};

    friend bool operator==(const CommonSettings&, const CommonSettings&) = default;
};

/// A TOML job file, read. With an error among the diagnostics it is bad: `entries` are then the
/// jobs that could be read all the same, of which those that are good could be run.
struct JobFile {
    std::vector<JobFileEntry> entries;  ///< in the order of the lines
    CommonSettings common;
    std::vector<Diagnostic> diagnostics;  ///< in the order of the lines
};

struct JobFileOptions {
    std::string_view path;          ///< the file's, for the jobs' source
    std::string_view zone = "UTC";  ///< what holds where the file names no zone
    Account account{};              ///< who runs this program, and so the jobs
    Environment inherited{};        ///< what jobs see besides what cron would give them
    bool new_privileges = false;    ///< Command::new_privileges where a job does not say
    bool system = false;            ///< jobs may run as anybody, as lines of a system crontab do
    /// As whom its jobs may run besides: the file's own word, which `parse_job_file` adds.
    std::vector<std::string> allow_run_as{};
    /// What is over by now is found. The epoch: nothing is.
    WallTime now{};
    /// A single instant that is over is no error of a job that is known with it.
    KnownJobs known{};
};

/// True for "jobs.toml": such files are job files, all others crontabs.
[[nodiscard]] bool is_job_file(std::string_view path);

/// Reads the text of a job file: what concerns all jobs together, a `[defaults]` table and a
/// `[jobs."name"]` table each job, as docs/reference/job-files.md lists their keys. It never fails:
/// every unknown key, wrong type and bad value is a diagnostic with its line and column. Only an
/// error in the syntax of TOML hides what comes after it.
[[nodiscard]] JobFile parse_job_file(std::string_view text, const JobFileOptions& options);

}  // namespace quantum::config
