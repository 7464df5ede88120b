#include "config/load.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/crontab_jobs.hpp"
#include "config/file_list.hpp"
#include "config/job_name.hpp"
#include "config/mutant.hpp"
#include "config/read_file.hpp"
#include "model/common_parts.hpp"

namespace quantum::config {
namespace {

// Against mistakes, not against forgery: whoever may write the file decides what runs anyway.
std::uint64_t fingerprint_of(std::string_view text) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325 ^ text.size();
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x0000'0100'0000'01B3;
    }
    return hash;
}

/// False: there is no text to be judged.
bool read_text(LoadedFile& file, const FileToRead& wanted, const LoadOptions& options) {
    const std::string& path = wanted.path;
    file.path = path == standard_input ? "<standard input>" : path;
    if (wanted.owner) file.owner = wanted.owner->name;
    const std::size_t limit = wanted.owner ? max_user_crontab : max_file_size;
    Result<std::string> text = [&] {
        if (path == standard_input) return read_standard_input();
        if (!wanted.owner) return read_file(path, options.trust);
        return read_file(path, base::FileTrust::user, limit, wanted.owner->uid);
    }();
    if (!text) {
        file.unreadable = std::move(text).error();
        if (!options.looks_into_refused) return false;
        text = read_file(path, base::FileTrust::anybody, limit);
        if (!text) return false;
    }
    file.text = *std::move(text);
    file.fingerprint = fingerprint_of(file.text);
    return true;
}

/// A name of a file, and where it stands.
struct NamedPlace {
    std::string_view name;
    std::size_t line;
    std::size_t column;
    std::size_t length;
};

/// Within a file the parser keeps names apart; here the files are kept apart from each other.
class TakenNames {
public:
    /// What is wrong with a name that an earlier file took.
    [[nodiscard]] std::optional<Diagnostic> clash_of(const NamedPlace& place,
                                                     const LoadedFile& file) const {
        const auto other = taken_.find(place.name);
        if (other == taken_.end() || other->second.path == &file.path) return std::nullopt;
        const std::string where = *other->second.path + ':' + std::to_string(other->second.line);
        std::string message =
            "the name '" + printable(place.name) + "' is already used by " + printable(where, 200);
        if (!file.job_file) {
            message += "; rename it with a comment '# name: …' above the line";
        }
        return Diagnostic{Severity::error, place.line, place.column, place.length,
                          std::move(message)};
    }
    /// The name's text and the file's path stay where they are.
    void take(const NamedPlace& place, const LoadedFile& file) {
        taken_.try_emplace(place.name, Place{&file.path, place.line});
    }

private:
    struct Place {
        const std::string* path;
        std::size_t line;
    };

    std::unordered_map<std::string_view, Place> taken_;
};

/// Reads one file after the other, and makes jobs of its lines as they are read.
class Loader {
public:
    Loader(std::span<const std::string> requested, const LoadOptions& options) : options_(options) {
        FileList list = list_files(requested, options);
        is_alone_ = list.directories.empty() && list.files.size() == 1;
        // Names of jobs and files are looked at where they are.
        files_.reserve(list.directories.size() + list.files.size());
        for (LoadedFile& directory : list.directories) {
            files_.emplace_back().read = std::move(directory);
        }
        for (const FileToRead& wanted : list.files) {
            File& file = files_.emplace_back();
            if (!read_text(file.read, wanted, options)) continue;
            if (is_job_file(wanted.path) && !wanted.owner) {
                read_job_file(file);
            } else {
                read_crontab(file, wanted);
            }
            if (options.only_jobs) std::string().swap(file.read.text);
        }
    }

    /// A text that is no file yet.
    Loader(const FileToRead& wanted, std::string text, const LoadOptions& options)
        : options_(options), is_alone_(true) {
        File& file = files_.emplace_back();
        file.read.path = wanted.path;
        file.read.owner = wanted.owner->name;
        file.read.text = std::move(text);
        read_crontab(file, wanted);
    }

    std::vector<LoadedFile> finish() {
        if (!is_alone_) report_clashes();
        std::vector<LoadedFile> files;
        for (File& file : files_) {
            if (!is_alone_) drop_jobs(file);
            auto& diagnostics = file.read.diagnostics();
            std::stable_sort(diagnostics.begin(), diagnostics.end(), stands_before);
            files.push_back(std::move(file.read));
        }
        return files;
    }

private:
    /// Of each entry: where it stands, and whose name it has. That is asked for where there are
    /// several files.
    struct Place {
        std::uint32_t line;
        std::uint32_t column;
        std::uint32_t length;
        bool has_job;
        std::uint32_t name;  ///< the job's number, or that in `others`
    };
    struct File {
        LoadedFile read;
        std::vector<Place> places;
        std::vector<std::string> others;  ///< names of entries that gave no job
        std::vector<bool> is_dropped;     ///< of the jobs: an earlier file has its name
    };

    void read_crontab(File& file, const FileToRead& wanted) {
        LoadedFile& read = file.read;
        // The names of users hold no dot that ends a stem.
        const std::string stem = wanted.owner                    ? wanted.owner->name
                                 : wanted.path == standard_input ? "stdin"
                                                                 : file_stem(wanted.path);
        const Account& account = wanted.owner ? *wanted.owner : options_.account;
        UserCheck users(account);
        JobMaker maker({.path = read.path,
                        .account = account,
                        .inherited = wanted.owner ? Environment() : options_.inherited,
                        .new_privileges = options_.new_privileges,
                        .program_user = options_.account.name});
        std::vector<Diagnostic> faults;
        std::vector<CrontabEntry> entries;
        // More lines than jobs cost less than a table that grows.
        const auto lines = std::count(read.text.begin(), read.text.end(), '\n');
        read.jobs.reserve(static_cast<std::size_t>(lines) + 1);
        const auto take = [&](CrontabEntry entry) {
            if (auto fault = users.fault_of(entry)) {
                entry.good = false;
                faults.push_back(*std::move(fault));
            }
            if (entry.good) make_job(maker, entry, read.jobs, faults);
            note(file, entry.good, entry.name,
                 {{}, entry.line, entry.command_column, entry.raw_command.size()});
            if (!options_.only_jobs) entries.push_back(std::move(entry));
        };
        read.crontab = parse_crontab(read.text,
                                     {.stem = stem,
                                      .system = options_.system && !wanted.owner,
                                      .zone = options_.zone,
                                      .account = account.name,
                                      .owner = wanted.owner ? stem : std::string_view(),
                                      .dialect = options_.dialect},
                                     take);
        read.crontab.entries = std::move(entries);
        read.crontab.diagnostics.insert(read.crontab.diagnostics.end(), faults.begin(),
                                        faults.end());
    }

    static void make_job(JobMaker& maker, CrontabEntry& entry, std::vector<Job>& jobs,
                         std::vector<Diagnostic>& faults) {
        if (auto job = maker.make(entry)) {
            jobs.push_back(*std::move(job));
        } else {
            entry.good = false;
            faults.push_back(std::move(job).error());
        }
    }

    void read_job_file(File& file) {
        LoadedFile& read = file.read;
        read.job_file = parse_job_file(read.text, {.path = read.path,
                                                   .zone = options_.zone,
                                                   .account = options_.account,
                                                   .inherited = options_.inherited,
                                                   .new_privileges = options_.new_privileges,
                                                   .system = options_.system,
                                                   .allow_run_as = {},
                                                   .allow_run_as_group = {},
                                                   .now = options_.now,
                                                   .known = options_.known});
        model::CommonParts common;
        for (JobFileEntry& entry : read.job_file->entries) {
            if (entry.good) common.share(read.jobs.emplace_back(entry.job));
            note(file, entry.good, entry.job.name(), {{}, entry.line, entry.column, entry.length});
        }
        if (options_.only_jobs) std::vector<JobFileEntry>().swap(read.job_file->entries);
    }

    /// An entry that has just been taken.
    void note(File& file, bool has_job, const std::string& name, const NamedPlace& place) {
        if (is_alone_) return;
        if (!has_job) file.others.push_back(name);
        const std::size_t number = (has_job ? file.read.jobs.size() : file.others.size()) - 1;
        file.places.push_back({static_cast<std::uint32_t>(place.line),
                               static_cast<std::uint32_t>(place.column),
                               static_cast<std::uint32_t>(place.length), has_job,
                               static_cast<std::uint32_t>(number)});
    }

    void report_clashes() {
        TakenNames taken;
        for (File& file : files_) {
            file.is_dropped.resize(file.read.jobs.size());
            for (const Place& at : file.places) {
                const std::string& name =
                    at.has_job ? file.read.jobs[at.name].name() : file.others[at.name];
                const NamedPlace place{name, at.line, at.column, at.length};
                if (auto clash = taken.clash_of(place, file.read)) {
                    file.read.diagnostics().push_back(*std::move(clash));
                    if (at.has_job && !mutated(ConfigMutant::name_of_two_files_taken))
                        file.is_dropped[at.name] = true;
                } else {
                    taken.take(place, file.read);
                }
            }
        }
    }

    static void drop_jobs(File& file) {
        std::vector<Job>& jobs = file.read.jobs;
        std::size_t kept = 0;
        for (std::size_t at = 0; at < file.is_dropped.size(); ++at) {
            if (file.is_dropped[at]) continue;
            if (kept != at) jobs[kept] = std::move(jobs[at]);
            ++kept;
        }
        jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(kept), jobs.end());
    }

    const LoadOptions& options_;
    bool is_alone_ = false;
    std::vector<File> files_;
};

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

void add_missing(std::vector<std::string>& names, const std::vector<std::string>& more) {
    for (const std::string& name : more) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
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
    return Loader(paths, options).finish();
}

LoadedFile load_user_crontab(const Account& owner, const std::string& path, std::string text,
                             const LoadOptions& options) {
    auto files = Loader({path, owner}, std::move(text), options).finish();
    return std::move(files.front());
}

CommonSettings common_settings(std::span<const LoadedFile> files) {
    CommonSettings all;
    for (const LoadedFile& file : files) {
        if (!file.job_file) continue;
        const CommonSettings& own = file.job_file->common;
        if (!mutated(ConfigMutant::users_of_first_file_only) || &file == &files.front()) {
            add_missing(all.allow_run_as, own.allow_run_as);
            add_missing(all.allow_run_as_group, own.allow_run_as_group);
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

Result<std::vector<Job>> jobs_of(std::vector<LoadedFile> files) {
    const auto bad = std::find_if(files.begin(), files.end(),
                                  [](const LoadedFile& file) { return errors_of(file) > 0; });
    if (bad != files.end()) {
        std::size_t errors = 0;
        for (const LoadedFile& file : files) errors += errors_of(file);
        Error first = first_error(*bad);
        return fail(first.code, with_rest(std::move(first.message), errors - 1));
    }
    std::vector<Job> jobs;
    for (LoadedFile& file : files) {
        jobs.insert(jobs.end(), std::make_move_iterator(file.jobs.begin()),
                    std::make_move_iterator(file.jobs.end()));
    }
    return jobs;
}

}  // namespace quantum::config
