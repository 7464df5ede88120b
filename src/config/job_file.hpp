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

/// A job in a file, and the location of its name.
struct JobFileEntry {
    std::size_t line = 0;
    std::size_t column = 1;
    std::size_t length = 1;
    Job job;
    bool good = true;  ///< neither the job nor the common settings have an error
};

/// Settings in files that concern all jobs.
struct CommonSettings {
    std::vector<std::string> allow_run_as{};        ///< in addition to the program's own user
    std::vector<std::string> allow_run_as_group{};  ///< in addition to the user's own groups
    std::map<std::string, std::size_t, std::less<>> tag_concurrency{};

    friend bool operator==(const CommonSettings&, const CommonSettings&) = default;
};

/// A parsed TOML job file. It is bad if the diagnostics contain an error: `entries` then contains
/// the jobs that could be read nevertheless; those that are good could be run.
struct JobFile {
    std::vector<JobFileEntry> entries;  ///< in the order of the lines
    CommonSettings common;
    std::vector<Diagnostic> diagnostics;  ///< in the order of the lines
};

struct JobFileOptions {
    std::string_view path;          ///< the path of the file, for the source of jobs
    std::string_view zone = "UTC";  ///< used if the file does not name a zone
    Account account{};              ///< the user of this program, and of the jobs
    Environment inherited{};        ///< what jobs get in addition to cron's variables
    bool new_privileges = false;    ///< Command::new_privileges unless a job sets it
    bool system = false;            ///< jobs may run as anybody, like lines of a system crontab
    /// Additional users its jobs may run as; `parse_job_file` adds those named in the file.
    std::vector<std::string> allow_run_as{};
    std::vector<std::string> allow_run_as_group{};
    /// Used to find what is in the past. The epoch: not checked.
    WallTime now{};
    /// A past single instant is not an error for a job that is already known with it.
    KnownJobs known{};
};

/// True for "jobs.toml": such files are job files, all others are crontabs.
[[nodiscard]] bool is_job_file(std::string_view path);

/// Parses a job file: the settings for all jobs, a `[defaults]` table, and a `[jobs."name"]` table
/// for each job, with the keys listed in docs/reference/job-files.md. Never fails: every unknown
/// key, wrong type and invalid value is a diagnostic with its line and column. Only TOML syntax
/// errors hide what comes after them.
[[nodiscard]] JobFile parse_job_file(std::string_view text, const JobFileOptions& options);

}  // namespace quantum::config
