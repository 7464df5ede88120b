#include "config/load.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/crontab_jobs.hpp"
#include "config/job_name.hpp"
#include "config/mutant.hpp"
#include "config/read_file.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view standard_input = "-";

LoadedFile load_file(const std::string& path, const LoadOptions& options) {
    LoadedFile file;
    file.path = path == standard_input ? "<standard input>" : path;
    Result<std::string> text =
        path == standard_input ? read_standard_input() : read_file(path, options.trust);
    if (!text) {
        file.unreadable = std::move(text).error();
        if (!options.looks_into_refused) return file;
        text = read_file(path);
        if (!text) return file;
    }
    file.text = *std::move(text);
    if (is_job_file(path)) {
        file.job_file = parse_job_file(file.text, {.path = file.path,
                                                   .zone = options.zone,
                                                   .account = options.account,
                                                   .inherited = options.inherited,
                                                   .new_privileges = options.new_privileges,
                                                   .system = options.system,
                                                   .allow_run_as = {},
                                                   .now = options.now,
                                                   .known = options.known});
        return file;
    }
    const std::string stem = path == standard_input ? "stdin" : file_stem(path);
    file.crontab = parse_crontab(file.text, {.stem = stem,
                                             .system = options.system,
                                             .zone = options.zone,
                                             .account = options.account.name});
    check_users(file.crontab, options.account);
    return file;
}

/// A job's name, and where to point when it is taken.
struct NamedPlace {
    std::string_view name;
    Diagnostic place;
    bool* good;
};

std::vector<NamedPlace> names_of(LoadedFile& file) {
    std::vector<NamedPlace> names;
    names.reserve(file.job_count());
    for (CrontabEntry& entry : file.crontab.entries) {
        names.push_back(
            {entry.name,
             {Severity::error, entry.line, entry.command_column, entry.raw_command.size(), {}},
             &entry.good});
    }
    if (!file.job_file) return names;
    for (JobFileEntry& entry : file.job_file->entries) {
        names.push_back({entry.job.name(),
                         {Severity::error, entry.line, entry.column, entry.length, {}},
                         &entry.good});
    }
    return names;
}

/// Within a file the parser keeps names apart; here the files are kept apart from each other.
void report_clashes(std::vector<LoadedFile>& files) {
    std::unordered_map<std::string_view, std::string> taken;
    for (LoadedFile& file : files) {
        std::vector<std::pair<std::string_view, std::string>> own;
        for (auto& [name, place, good] : names_of(file)) {
            const auto other = taken.find(name);
            if (other == taken.end()) {
                own.emplace_back(name, file.path + ':' + std::to_string(place.line));
                continue;
            }
            place.message =
                "the name '" + printable(name) + "' is taken by " + printable(other->second, 200);
            if (!file.job_file) {
                place.message += "; a comment '# name: …' above the line gives it another";
            }
            *good = mutated(ConfigMutant::name_of_two_files_taken);
            file.diagnostics().push_back(std::move(place));
        }
        taken.insert(std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    }
}

void make_good_jobs(LoadedFile& file, const LoadOptions& options) {
    if (file.job_file) {
        for (const JobFileEntry& entry : file.job_file->entries) {
            if (entry.good) file.jobs.push_back(entry.job);
        }
    } else {
        file.jobs = make_jobs(file.crontab, {.path = file.path,
                                             .account = options.account,
                                             .inherited = options.inherited,
                                             .new_privileges = options.new_privileges});
    }
    std::stable_sort(file.diagnostics().begin(), file.diagnostics().end(), stands_before);
}

std::size_t errors_of(const LoadedFile& file) {
    if (file.unreadable) return mutated(ConfigMutant::unreadable_is_good) ? 0 : 1;
    const auto& diagnostics = file.diagnostics();
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& one) {
            return mutated(ConfigMutant::warnings_are_errors) || one.severity == Severity::error;
        }));
}

Error first_error(const LoadedFile& file) {
    if (file.unreadable) return *file.unreadable;
    const auto& diagnostics = file.diagnostics();
    const auto first =
        std::find_if(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& one) { return one.severity == Severity::error; });
    return Error{ErrorCode::invalid_argument, first->message}.within(position(file.path, *first));
}

std::string with_rest(std::string message, std::size_t further) {
    if (further > 0) {
        message += " (and " + std::to_string(further) + " more)";
    }
    return message;
}

}  // namespace

std::string position(const std::string& path, const Diagnostic& diagnostic) {
    std::string text = printable_path(path);
    if (diagnostic.line > 0) {
        text += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
    }
    return text;
}

std::vector<LoadedFile> load_files(std::span<const std::string> paths, const LoadOptions& options) {
    std::vector<LoadedFile> files;
    files.reserve(paths.size());
    for (const std::string& path : paths) {
        files.push_back(load_file(path, options));
    }
    report_clashes(files);
    for (LoadedFile& file : files) make_good_jobs(file, options);
    return files;
}

CommonSettings common_settings(std::span<const LoadedFile> files) {
    CommonSettings all;
    for (const LoadedFile& file : files) {
        if (!file.job_file) continue;
        const CommonSettings& own = file.job_file->common;
        for (const std::string& user : own.allow_run_as) {
            if (std::find(all.allow_run_as.begin(), all.allow_run_as.end(), user) ==
                all.allow_run_as.end()) {
                if (!mutated(ConfigMutant::users_of_first_file_only) || &file == &files.front())
                    all.allow_run_as.push_back(user);
            }
        }
        for (const auto& [tag, limit] : own.tag_concurrency) {
            const auto [known, is_new] = all.tag_concurrency.emplace(tag, limit);
            if (!is_new && !mutated(ConfigMutant::earlier_limit_counts))
                known->second = mutated(ConfigMutant::later_limit_counts)
                                    ? limit
                                    : std::min(known->second, limit);
        }
    }
    return all;
}

std::optional<Error> LoadedFile::verdict() const {
    const std::size_t errors = errors_of(*this);
    if (errors == 0) return std::nullopt;
    Error first = first_error(*this);
    return Error{first.code, with_rest(std::move(first.message), errors - 1)};
}

Result<std::vector<Job>> jobs_of(std::span<const LoadedFile> files) {
    const auto bad = std::find_if(files.begin(), files.end(),
                                  [](const LoadedFile& file) { return errors_of(file) > 0; });
    if (bad != files.end()) {
        std::size_t errors = 0;
        for (const LoadedFile& file : files) errors += errors_of(file);
        Error first = first_error(*bad);
        return fail(first.code, with_rest(std::move(first.message), errors - 1));
    }
    std::vector<Job> jobs;
    for (const LoadedFile& file : files) {
        jobs.insert(jobs.end(), file.jobs.begin(), file.jobs.end());
    }
    return jobs;
}

}  // namespace quantum::config
