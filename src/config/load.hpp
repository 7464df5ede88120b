#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "base/trusted_file.hpp"
#include "config/account.hpp"
#include "config/crontab.hpp"
#include "config/job_file.hpp"

namespace quantum::config {

struct LoadOptions {
    bool system = false;              ///< the files have a user column
    Dialect dialect = Dialect::cron;  ///< of crontabs: `cron` or `seconds`
    std::string zone;                 ///< used if a file does not set CRON_TZ
    Account account;        ///< the user of this program, and of jobs that do not name another user
    Environment inherited;  ///< what jobs get in addition to cron's variables
    base::FileTrust trust = base::FileTrust::anybody;
    bool looks_into_refused = false;  ///< also check the contents of files that `trust` rejects
    bool only_jobs = false;           ///< keep only the jobs of a file and its diagnostics
    bool new_privileges = false;      ///< Command::new_privileges of each job
    WallTime now{};                   ///< used to find what is in the past; the epoch: not checked
    KnownJobs known{};                ///< the existing jobs
    /// A directory with crontabs of users, each named like the user: its lines have no user column
    /// and run as that user, its jobs' names begin with "USER:", and it may be the user's own file.
    /// It comes after all other files. Empty: there is none.
    std::string spool{};
    /// Only these files are read, by their paths as they result from the requested ones. None: all.
    std::optional<std::set<std::string>> only{};
};

/// A requested file: read, parsed and checked, or the reason why it could not be read.
struct LoadedFile {
    std::string path;
    /// A requested directory that has something to say: that it cannot be read, or what in it is
    /// ignored. Its files are others.
    bool is_directory = false;
    /// In a spool: the user whose crontab it is, and as whom it runs.
    std::string owner{};
    std::optional<Error> unreadable;
    std::string text;                 ///< none with `only_jobs`
    std::uint64_t fingerprint = 0;    ///< of the text; equal for equal texts
    Crontab crontab;                  ///< empty for a job file; with `only_jobs` without entries
    std::optional<JobFile> job_file;  ///< of a ".toml" file; with `only_jobs` without entries
    std::vector<Job> jobs;            ///< the good ones

    /// Includes conflicts with the names in earlier files.
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const {
        return job_file ? job_file->diagnostics : crontab.diagnostics;
    }
    [[nodiscard]] std::vector<Diagnostic>& diagnostics() {
        return job_file ? job_file->diagnostics : crontab.diagnostics;
    }
    [[nodiscard]] std::size_t job_count() const {
        return job_file ? job_file->entries.size() : crontab.entries.size();
    }
    /// Why it is bad: the first error as "path:line:column: message", with the number of further
    /// errors. None: it is good.
    [[nodiscard]] std::optional<Error> verdict() const;
};

/// Reads each file once, in the given order; "-" is standard input. A directory stands for the
/// files in it, in order of their names (see `list_job_directory`). Everybody who reads files
/// relies on the result: if two files define the same name, the later one is wrong, and so is
/// anything that this machine or user cannot run (any more).
[[nodiscard]] std::vector<LoadedFile> load_files(std::span<const std::string> paths,
                                                 const LoadOptions& options);

/// Parses and checks a text as the crontab of a user in a spool, under this path, without reading a
/// file.
[[nodiscard]] LoadedFile load_user_crontab(const Account& owner, const std::string& path,
                                           std::string text, const LoadOptions& options);

/// The jobs of all files, or the verdict on the first bad one with the number of all further
/// errors. All or nothing.
[[nodiscard]] Result<std::vector<Job>> jobs_of(std::vector<LoadedFile> files);

/// The settings for all jobs in all job files: everybody allowed by any of them, and the lowest
/// limit of each tag.
[[nodiscard]] CommonSettings common_settings(std::span<const LoadedFile> files);

/// "path:line:column", or just the path if it concerns the file as a whole.
[[nodiscard]] std::string position(const std::string& path, const Diagnostic& diagnostic);

}  // namespace quantum::config
