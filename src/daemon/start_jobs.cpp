#include "daemon/start_jobs.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "quantum/command.hpp"

#include "config/account.hpp"
#include "config/diagnostic.hpp"
#include "config/job_diff.hpp"
#include "daemon/mutant.hpp"
#include "model/job_parts.hpp"
#include "model/packed_command.hpp"

namespace quantum::daemon {
namespace {

/// The names of jobs that no file defines.
class OthersNames {
public:
    /// `others`: of files that are not read this time.
    explicit OthersNames(std::span<const JobRef> known, std::span<const JobRef> others = {}) {
        for (const JobRef& job : known) {
            if (!config::is_of_file(*job)) names_.emplace(job->name(), nullptr);
        }
        for (const JobRef& job : others) names_.emplace(job->name(), job.get());
    }

    [[nodiscard]] bool hold(const Job& job) const { return names_.contains(job.name()); }

    /// Why a file is bad because of one of them; empty: it is not.
    [[nodiscard]] std::string clash_of(const WantedFile& file) const {
        if (names_.empty()) return {};
        for (const Job& job : file.jobs) {
            const auto other = names_.find(job.name());
            if (other == names_.end()) continue;
            return model::JobParts::source(job) + ": the name '" + config::printable(job.name()) +
                   "' is already used by " +
                   (other->second != nullptr
                        ? model::JobParts::source(*other->second)
                        : "a job that no file defines; delete that job, or rename this one");
        }
        return {};
    }

private:
    std::unordered_map<std::string_view, const Job*> names_;  // of a file: the job
};

/// The ledger's jobs of each file.
class KnownByFile {
public:
    explicit KnownByFile(std::span<const JobRef> known) {
        std::unordered_map<std::string, std::vector<const Job*>*> places;
        for (const JobRef& job : known) {
            if (!config::is_of_file(*job)) continue;
            const auto [place, is_new] = places.try_emplace(config::source_file(*job), nullptr);
            if (is_new) place->second = &files_[plain_path(place->first)];
            place->second->push_back(job.get());
        }
    }

    /// Of a file by its path as it is named, or of all files in a directory.
    [[nodiscard]] std::vector<const Job*> of(const std::string& path) const {
        // As it stands in the source of a job.
        const std::string plain = plain_path(config::printable_path(path));
        std::vector<const Job*> found;
        for (const auto& [file, jobs] : files_) {
            const bool is_in_it = std::filesystem::path(file).parent_path() == plain &&
                                  !mutated(DaemonMutant::bad_directory_loses_its_jobs);
            if (file == plain || is_in_it) found.insert(found.end(), jobs.begin(), jobs.end());
        }
        return found;
    }

private:
    std::map<std::string, std::vector<const Job*>> files_;  // in order of paths
};

void add_once(std::vector<std::string>& names, std::string name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
    }
}

void add_account(run::AllowedAccounts& allowed, const Job& job) {
    const auto command = model::CommandView::of(job.task());
    if (!command) return;
    const Command& terms = command->common();
    if (terms.user.empty() && terms.group.empty()) return;
    add_once(allowed.users, terms.user.empty() ? config::own_account().name : terms.user);
    if (!terms.group.empty()) add_once(allowed.groups, terms.group);
}

/// Takes one file after the other where one of them is bad.
class Settling {
public:
    explicit Settling(std::span<const JobRef> known) : others_(known), known_(known) {}

    void take(WantedFile& file) {
        std::string why = file.bad.empty() ? clash_of(file) : std::move(file.bad);
        if (!why.empty()) {
            keep(file, std::move(why));
            return;
        }
        ruled_.insert(plain_path(file.path));
        for (Job& job : file.jobs) put(std::move(job));
    }

    [[nodiscard]] StartJobs finish() { return std::move(result_); }

private:
    [[nodiscard]] std::string clash_of(const WantedFile& file) const {
        for (const Job& job : file.jobs) {
            const auto other = names_.find(job.name());
            if (other == names_.end()) continue;
            return model::JobParts::source(job) + ": the name '" + config::printable(job.name()) +
                   "' is already used by " + other->second + ", according to the ledger";
        }
        return others_.clash_of(file);
    }

    void keep(WantedFile& file, std::string why) {
        BadFile& bad = result_.bad.emplace_back(BadFile{file.path, std::move(why)});
        if (ruled_.contains(plain_path(file.path))) return;  // named twice
        const auto kept = mutated(DaemonMutant::bad_file_loses_its_jobs) ? std::vector<const Job*>()
                                                                         : known_.of(file.path);
        for (const Job* const job : kept) {
            if (names_.contains(job->name())) continue;
            // A good file of a bad directory that is named besides.
            if (ruled_.contains(plain_path(config::source_file(*job)))) continue;
            if (!mutated(DaemonMutant::kept_user_not_allowed)) add_account(result_.allowed, *job);
            result_.kept.insert(job->name());
            put(*job);
            ++bad.kept;
        }
        if (!kept.empty() && !mutated(DaemonMutant::bad_file_mixes)) return;
        for (Job& job : file.jobs) {
            if (names_.contains(job.name()) || others_.hold(job)) continue;
            put(std::move(job));
            ++bad.taken;
        }
    }

    void put(Job job) {
        names_.emplace(job.name(), model::JobParts::source(job));
        result_.jobs.push_back(std::move(job));
    }

    const OthersNames others_;
    const KnownByFile known_;
    StartJobs result_;
    std::unordered_map<std::string, std::string> names_;  // and whose they are
    std::unordered_set<std::string> ruled_;               // by good files
};

}  // namespace

std::string plain_path(const std::string& path) {
    std::error_code none;
    const std::filesystem::path whole = std::filesystem::absolute(path, none);
    if (none || mutated(DaemonMutant::paths_as_written)) return path;
    std::string plain = whole.lexically_normal().string();
    if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
    return plain;
}

StartJobs settle_start(std::vector<WantedFile> files, std::span<const JobRef> known) {
    if (!bad_files(files, known).empty()) {
        Settling settling(known);
        for (WantedFile& file : files) settling.take(file);
        return settling.finish();
    }
    StartJobs all;
    if (files.size() == 1) all.jobs = std::move(files.front().jobs);
    for (WantedFile& file : files) {
        all.jobs.insert(all.jobs.end(), std::make_move_iterator(file.jobs.begin()),
                        std::make_move_iterator(file.jobs.end()));
    }
    return all;
}

std::vector<BadFile> bad_files(std::span<const WantedFile> files, std::span<const JobRef> known,
                               std::span<const JobRef> others) {
    const OthersNames names(known, others);
    std::vector<BadFile> bad;
    for (const WantedFile& file : files) {
        std::string why = file.bad.empty() ? names.clash_of(file) : file.bad;
        if (!why.empty()) bad.push_back({file.path, std::move(why)});
    }
    return bad;
}

}  // namespace quantum::daemon
