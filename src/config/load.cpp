#include "config/load.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/common_parts.hpp"
#include "config/crontab_jobs.hpp"
#include "config/job_name.hpp"
#include "config/read_file.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view standard_input = "-";

/// Its text, or why it could not be read.
LoadedFile read_text(const std::string& path, const LoadOptions& options) {
    LoadedFile file;
    file.path = path == standard_input ? "<standard input>" : path;
    Result<std::string> text =
        path == standard_input ? read_standard_input() : read_file(path, options.trust);
    if (text) {
        file.text = *std::move(text);
    } else {
        file.unreadable = std::move(text).error();
    }
    return file;
}

/// What it says; the entries of a crontab go to `take`.
void read_jobs(LoadedFile& file, const std::string& path, const LoadOptions& options,
               const std::function<void(CrontabEntry)>& take) {
    if (is_job_file(path)) {
        file.job_file = parse_job_file(file.text, {.path = file.path,
                                                   .zone = options.zone,
                                                   .account = options.account,
                                                   .inherited = options.inherited,
                                                   .new_privileges = options.new_privileges,
                                                   .system = options.system});
        return;
    }
    const std::string stem = path == standard_input ? "stdin" : file_stem(path);
    file.crontab = parse_crontab(file.text,
                                 {.stem = stem,
                                  .system = options.system,
                                  .zone = options.zone,
                                  .account = options.account.name},
                                 take);
}

/// A job's name, and where it stands.
struct NamedPlace {
    std::string_view name;
    std::size_t line;
    std::size_t column;
    std::size_t length;
};

std::vector<NamedPlace> names_of(const LoadedFile& file) {
    std::vector<NamedPlace> names;
    names.reserve(file.job_count());
    for (const CrontabEntry& entry : file.crontab.entries) {
        names.push_back({entry.name, entry.line, entry.command_column, entry.raw_command.size()});
    }
    if (!file.job_file) return names;
    for (const JobFileEntry& entry : file.job_file->entries) {
        names.push_back({entry.job.name(), entry.line, entry.column, entry.length});
    }
    return names;
}

/// Within a file the parser keeps names apart; here the files are kept apart from each other.
class TakenNames {
public:
    /// Adds to the file's diagnostics the names that an earlier one took. They and the file stay
    /// where they are.
    void take(LoadedFile& file, std::span<const NamedPlace> names) {
        std::vector<Diagnostic>& diagnostics =
            file.job_file ? file.job_file->diagnostics : file.crontab.diagnostics;
        for (const NamedPlace& place : names) {
            const auto other = taken_.find(place.name);
            if (other == taken_.end()) continue;
            std::string message = "the name '" + printable(place.name) + "' is taken by " +
                                  printable(other->second.path + ':', 200) +
                                  std::to_string(other->second.line);
            if (!file.job_file) {
                message += "; a comment '# name: …' above the line gives it another";
            }
            diagnostics.push_back(
                {Severity::error, place.line, place.column, place.length, std::move(message)});
        }
        for (const NamedPlace& place : names) {
            taken_.try_emplace(place.name, Place{file.path, place.line});
        }
    }

private:
    struct Place {
        const std::string& path;
        std::size_t line;
    };

    std::unordered_map<std::string_view, Place> taken_;
};

std::string with_rest(std::string message, std::size_t further) {
    if (further > 0) {
        message += " (and " + std::to_string(further) + " more)";
    }
    return message;
}

/// Makes jobs of files, one after the other.
class JobLoader {
public:
    JobLoader(std::span<const std::string> paths, const LoadOptions& options) : options_(options) {
        files_.reserve(paths.size());
        for (const std::string& path : paths) load(path);
    }

    LoadedJobs finish() {
        if (files_.size() > 1) report_clashes();
        for (const File& file : files_) count_errors(file);
        LoadedJobs result{{}, std::move(jobs_)};
        if (first_) {
            result.jobs =
                tl::unexpected(Error{first_->code, with_rest(first_->message, errors_ - 1)});
        } else if (broken_) {
            result.jobs = tl::unexpected(*std::move(broken_));
        }
        for (File& file : files_) result.files.push_back(std::move(file.read));
        return result;
    }

private:
    /// Where the name of a job stands.
    struct Place {
        std::uint32_t line;
        std::uint32_t column;
        std::uint32_t length;
    };
    struct File {
        LoadedFile read;
        std::vector<Diagnostic> foreign;  ///< users
        std::size_t first_job;
    };

    void load(const std::string& path) {
        File& file = files_.emplace_back(File{read_text(path, options_), {}, jobs_.size()});
        if (file.read.unreadable) return;
        // A line more than there are jobs costs less than a table that grows.
        const auto lines = std::count(file.read.text.begin(), file.read.text.end(), '\n');
        if (!is_job_file(path)) jobs_.reserve(jobs_.size() + static_cast<std::size_t>(lines) + 1);
        JobMaker maker({.path = file.read.path,
                        .account = options_.account,
                        .inherited = options_.inherited,
                        .new_privileges = options_.new_privileges});
        read_jobs(file.read, path, options_,
                  [&](const CrontabEntry& entry) { take(maker, file, entry); });
        if (file.read.job_file) take(*file.read.job_file);
        std::string().swap(file.read.text);
    }

    void take(JobMaker& maker, File& file, const CrontabEntry& entry) {
        if (auto foreign = foreign_user(entry, options_.account)) {
            file.foreign.push_back(*std::move(foreign));
        }
        Result<Job> job = maker.make(entry);
        if (job) {
            put(*std::move(job), entry.line, entry.command_column, entry.raw_command.size());
        } else if (!broken_) {
            broken_ = std::move(job).error();
        }
    }

    void take(JobFile& file) {
        CommonParts common;
        for (JobFileEntry& entry : std::exchange(file.entries, {})) {
            common.share(entry.job);
            put(std::move(entry.job), entry.line, entry.column, entry.length);
        }
    }

    void put(Job job, std::size_t line, std::size_t column, std::size_t length) {
        jobs_.push_back(std::move(job));
        places_.push_back({static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column),
                           static_cast<std::uint32_t>(length)});
    }

    void report_clashes() {
        TakenNames taken;
        for (std::size_t i = 0; i < files_.size(); ++i) {
            const std::size_t end = i + 1 < files_.size() ? files_[i + 1].first_job : jobs_.size();
            std::vector<NamedPlace> names;
            for (std::size_t at = files_[i].first_job; at < end; ++at) {
                const Place& place = places_[at];
                names.push_back({jobs_[at].name(), place.line, place.column, place.length});
            }
            taken.take(files_[i].read, names);
        }
    }

    void count_errors(const File& file) {
        if (file.read.unreadable) {
            refuse(*file.read.unreadable);
            return;
        }
        for (const auto* const diagnostics : {&file.read.diagnostics(), &file.foreign}) {
            for (const Diagnostic& diagnostic : *diagnostics) {
                if (diagnostic.severity != Severity::error) continue;
                refuse(Error{ErrorCode::invalid_argument, diagnostic.message}.within(
                    position(file.read.path, diagnostic)));
            }
        }
    }

    void refuse(Error error) {
        if (!first_) first_ = std::move(error);
        ++errors_;
    }

    const LoadOptions& options_;
    std::vector<File> files_;
    std::vector<Job> jobs_;
    std::vector<Place> places_;    // of the jobs
    std::optional<Error> broken_;  // why no job could be made of an entry
    std::optional<Error> first_;
    std::size_t errors_ = 0;
};

}  // namespace

std::string position(const std::string& path, const Diagnostic& diagnostic) {
    std::string text = printable(path, 200);
    if (diagnostic.line > 0) {
        text += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
    }
    return text;
}

std::vector<LoadedFile> load_files(std::span<const std::string> paths, const LoadOptions& options) {
    std::vector<LoadedFile> files;
    files.reserve(paths.size());
    for (const std::string& path : paths) {
        LoadedFile& file = files.emplace_back(read_text(path, options));
        if (file.unreadable) continue;
        std::vector<CrontabEntry> entries;
        read_jobs(file, path, options,
                  [&entries](CrontabEntry entry) { entries.push_back(std::move(entry)); });
        file.crontab.entries = std::move(entries);
    }
    TakenNames taken;
    for (LoadedFile& file : files) taken.take(file, names_of(file));
    return files;
}

LoadedJobs load_jobs(std::span<const std::string> paths, const LoadOptions& options) {
    return JobLoader(paths, options).finish();
}

CommonSettings common_settings(std::span<const LoadedFile> files) {
    CommonSettings all;
    for (const LoadedFile& file : files) {
        if (!file.job_file) continue;
        const CommonSettings& own = file.job_file->common;
        for (const std::string& user : own.allow_run_as) {
            if (std::find(all.allow_run_as.begin(), all.allow_run_as.end(), user) ==
                all.allow_run_as.end()) {
                all.allow_run_as.push_back(user);
            }
        }
        for (const auto& [tag, limit] : own.tag_concurrency) {
            const auto [known, is_new] = all.tag_concurrency.emplace(tag, limit);
            if (!is_new) known->second = std::min(known->second, limit);
        }
    }
    return all;
}

}  // namespace quantum::config
