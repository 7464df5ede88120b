#pragma once

#include <optional>
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
    bool system = false;    ///< the files have a user column
    std::string zone;       ///< what holds where a file sets no CRON_TZ
    Account account;        ///< who runs this program, and so the jobs that name no other user
    Environment inherited;  ///< what jobs see besides what cron gives them
    FileTrust trust = FileTrust::anybody;
    bool looks_into_refused = false;  ///< also judges what a file says that `trust` refuses
    bool only_jobs = false;  ///< nothing of a file is kept but its jobs and what was found in it
    bool new_privileges = false;  ///< Command::new_privileges of each job
    WallTime now{};               ///< what is over by now is found; the epoch: nothing is
    KnownJobs known{};            ///< the jobs there are
};

/// One file that was asked for: read, parsed and judged, or the reason why it could not be read.
struct LoadedFile {
    std::string path;
    std::optional<Error> unreadable;
    std::string text;                 ///< none with `only_jobs`
    Crontab crontab;                  ///< empty for a job file; with `only_jobs` without entries
    std::optional<JobFile> job_file;  ///< what a ".toml" holds; with `only_jobs` without entries
    std::vector<Job> jobs;            ///< those that are good

    /// Also which names an earlier file took.
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const {
        return job_file ? job_file->diagnostics : crontab.diagnostics;
    }
    [[nodiscard]] std::vector<Diagnostic>& diagnostics() {
        return job_file ? job_file->diagnostics : crontab.diagnostics;
    }
    [[nodiscard]] std::size_t job_count() const {
        return job_file ? job_file->entries.size() : crontab.entries.size();
    }
    /// Why it is bad: the first error as "path:line:column: message" with the number of the further
    /// ones. None: it is good.
    [[nodiscard]] std::optional<Error> verdict() const;
};

/// Reads each file once, in the order given; "-" is standard input. What it finds is the verdict of
/// everybody who reads files: of two files that give one name the later is wrong, and so is what
/// this machine and this user cannot run, or cannot any more.
[[nodiscard]] std::vector<LoadedFile> load_files(std::span<const std::string> paths,
                                                 const LoadOptions& options);

/// The jobs of all files, or the verdict on the first that is bad, with the number of all further
/// errors. All or nothing.
[[nodiscard]] Result<std::vector<Job>> jobs_of(std::vector<LoadedFile> files);

/// What job files say about all jobs together: everybody whom one of them allows, and of several
/// limits of a tag the smallest.
[[nodiscard]] CommonSettings common_settings(std::span<const LoadedFile> files);

/// "path:line:column", or the path alone where the file as a whole is meant.
[[nodiscard]] std::string position(const std::string& path, const Diagnostic& diagnostic);

}  // namespace quantum::config
