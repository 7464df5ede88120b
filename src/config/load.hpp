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
    bool new_privileges = false;  ///< Command::new_privileges of each job
};

/// One file that was asked for: read and parsed, or the reason why it could not be read.
struct LoadedFile {
    std::string path;
    std::optional<Error> unreadable;
    std::string text;
    Crontab crontab;                  ///< empty for a job file
    std::optional<JobFile> job_file;  ///< what a ".toml" holds

    /// Also which names an earlier file took.
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const {
        return job_file ? job_file->diagnostics : crontab.diagnostics;
    }
    [[nodiscard]] std::size_t job_count() const {
        return job_file ? job_file->entries.size() : crontab.entries.size();
    }
    [[nodiscard]] bool usable() const { return !unreadable && !has_errors(diagnostics()); }
};

/// Reads each file once, in the order given; "-" is standard input.
[[nodiscard]] std::vector<LoadedFile> load_files(std::span<const std::string> paths,
                                                 const LoadOptions& options);

/// What files say, made jobs of.
struct LoadedJobs {
    /// What was found in them, without texts, entries and jobs.
    std::vector<LoadedFile> files;
    /// The jobs of all files, or the first error as "path:line:column: message" with the number of
    /// the further ones. All or nothing: one bad line refuses everything.
    Result<std::vector<Job>> jobs;
};

/// As `load_files`, but of each line nothing is kept except its job.
[[nodiscard]] LoadedJobs load_jobs(std::span<const std::string> paths, const LoadOptions& options);

/// What job files say about all jobs together: everybody whom one of them allows, and of several
/// limits of a tag the smallest.
[[nodiscard]] CommonSettings common_settings(std::span<const LoadedFile> files);

/// "path:line:column", or the path alone where the file as a whole is meant.
[[nodiscard]] std::string position(const std::string& path, const Diagnostic& diagnostic);

}  // namespace quantum::config
