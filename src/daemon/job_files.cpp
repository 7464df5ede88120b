#include "daemon/job_files.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantum/job.hpp"

#include "config/diagnostic.hpp"
#include "config/job_diff.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

std::string_view consequence(const BadFile& file) {
    if (file.kept > 0) return "a file is bad; keeping its jobs as they are in the ledger";
    if (file.taken > 0) return "a file is bad; running only its valid jobs";
    return "a file is bad";
}

/// "a.toml:1:2: message (and 2 more); b.crontab …", of several files the first two.
std::string reasons(const std::vector<BadFile>& bad) {
    std::string text = bad.front().why;
    if (bad.size() > 1) text += "; " + bad[1].why;
    if (bad.size() > 2) text += "; and " + std::to_string(bad.size() - 2) + " more files";
    return text;
}

void append(run::AllowedAccounts& all, const run::AllowedAccounts& more) {
    all.users.insert(all.users.end(), more.users.begin(), more.users.end());
    all.groups.insert(all.groups.end(), more.groups.begin(), more.groups.end());
}

/// The jobs that a reload of some files concerns, and those that it leaves alone.
class Concerned {
public:
    Concerned(std::span<const JobRef> jobs, const FileScope& scope) : all_(jobs), own_(all_) {
        if (!scope) return;
        files_.emplace();
        // As they stand in the sources of jobs.
        for (const std::string& path : *scope) files_->insert(plain_source(path));
        divide();
    }

    /// The file's jobs are left alone after all.
    void leave_alone(const std::string& path) {
        left_.insert(plain_source(path));
        divide();
    }

    [[nodiscard]] bool has(const std::string& path) const { return has_plain(plain_source(path)); }
    /// With those that no file defines.
    [[nodiscard]] std::span<const JobRef> jobs() const { return own_; }
    [[nodiscard]] std::span<const JobRef> others() const { return others_; }

private:
    static std::string plain_source(const std::string& path) {
        return plain_path(config::printable_path(path));
    }

    [[nodiscard]] bool has_plain(const std::string& path) const {
        return (!files_ || files_->contains(path)) && !left_.contains(path);
    }

    void divide() {
        divided_.clear();
        others_.clear();
        for (const JobRef& job : all_) {
            const bool is_other = config::is_of_file(*job) &&
                                  !has_plain(plain_path(config::source_file(*job))) &&
                                  !mutated(DaemonMutant::part_of_the_files_is_all);
            (is_other ? others_ : divided_).push_back(job);
        }
        own_ = divided_;
    }

    const std::span<const JobRef> all_;
    std::optional<std::set<std::string>> files_;  // none: all
    std::set<std::string> left_;                  // out
    std::vector<JobRef> divided_;
    std::vector<JobRef> others_;
    std::span<const JobRef> own_;  // all of them, or the divided ones
};

/// Takes those out that are bad and must not hinder others, and leaves their jobs alone.
std::vector<BadFile> take_out_alone(std::vector<WantedFile>& files, Concerned& concerned) {
    std::vector<BadFile> out;
    // What is left alone may have a name that another file wants.
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (BadFile& bad : bad_files(files, concerned.jobs(), concerned.others())) {
            const auto file = std::find_if(
                files.begin(), files.end(),
                [&bad](const WantedFile& one) { return one.path == bad.path && one.stands_alone; });
            if (file == files.end() || mutated(DaemonMutant::bad_file_of_a_user_hinders)) continue;
            concerned.leave_alone(bad.path);
            out.push_back(std::move(bad));
            files.erase(file);
            goes_on = true;
        }
    }
    return out;
}

bool gives_nothing(const DesiredJobs& wanted) {
    const auto& files = wanted.files;
    return std::any_of(files.begin(), files.end(),
                       [](const WantedFile& file) { return !file.bad.empty(); }) &&
           std::all_of(files.begin(), files.end(),
                       [](const WantedFile& file) { return file.jobs.empty(); });
}

}  // namespace

JobFiles::Words JobFiles::words_of(const DesiredJobs& wanted) {
    Words words{{wanted.allow_run_as, wanted.allow_run_as_group}, wanted.tag_concurrency, {}};
    for (const WantedFile& file : wanted.files) {
        for (const Job& job : file.jobs) {
            if (job.state() != JobState::active) words.inactive.insert(job.name());
        }
    }
    return words;
}

bool JobFiles::read(const config::KnownJobs& known) {
    wanted_ = options_.load_jobs({known, {}, logger_});
    holds_ = words_of(wanted_);
    bad_ = bad_files(wanted_.files, {});
    for (const WantedFile& file : wanted_.files) {
        if (file.stands_alone) alone_.insert(file.path);
    }
    if (bad_.empty() || ((!is_too_bad() || mutated(DaemonMutant::strict_is_not)) &&
                         (known != nullptr || !gives_nothing(wanted_))))
        return true;
    logger_.error("the jobs could not be loaded: " + reasons(bad_));
    return false;
}

bool JobFiles::is_too_bad() const {
    return options_.strict && std::any_of(bad_.begin(), bad_.end(), [this](const BadFile& file) {
               return !alone_.contains(file.path);
           });
}

Result<JobChanges> JobFiles::at_start(std::span<const StoredJob> stored, StartReason reason) {
    std::vector<JobRef> known;
    known.reserve(stored.size());
    std::unordered_set<std::string_view> switched;
    bool has_others = false;
    for (const StoredJob& job : stored) {
        known.push_back(job.job);
        // A revision that a file made has no note.
        if (!job.note.empty()) switched.insert(job.job->name());
        has_others = has_others || !config::is_of_file(*job.job);
    }
    StartJobs start = settle_start(std::exchange(wanted_.files, {}), known);
    bad_ = std::move(start.bad);
    const bool is_empty =
        start.jobs.empty() && !has_others && !mutated(DaemonMutant::nothing_to_run_is_a_start);
    if (!bad_.empty() && (is_too_bad() || is_empty)) {
        return fail(ErrorCode::invalid_argument, reasons(bad_));
    }
    log_bad();
    append(holds_.allowed, start.allowed);
    for (const Job& job : start.jobs) {
        if (!start.kept.contains(job.name())) continue;
        // What the file had said of the state of a job that somebody has switched is the other
        // word.
        const bool is_off = job.state() == JobState::inactive;
        if (is_off != switched.contains(job.name())) {
            holds_.inactive.insert(job.name());
        } else {
            holds_.inactive.erase(job.name());
        }
    }
    auto changes = reconcile(known, std::move(start.jobs), reason,
                             [&switched](const Job& job) { return switched.contains(job.name()); });
    if (!changes) return tl::unexpected(std::move(changes).error());
    JobChanges brought = std::move(changes->changes);
    brought_ = std::move(*changes);
    return brought;
}

JobFiles::Words JobFiles::words_with(const DesiredJobs& wanted,
                                     std::span<const JobRef> before) const {
    Words words = holds_;
    for (const JobRef& job : before) words.inactive.erase(job->name());
    Words read = words_of(wanted);
    append(words.allowed, read.allowed);
    words.inactive.merge(read.inactive);
    return words;
}

Result<FileChanges> JobFiles::at_reload(std::span<const JobRef> jobs,
                                        const config::KnownJobs& known, const FileScope& scope,
                                        const std::function<Status(const DesiredJobs&)>& agrees) {
    DesiredJobs wanted = options_.load_jobs({known, scope, logger_});
    if (agrees && !mutated(DaemonMutant::plan_not_compared)) {
        if (Status same = agrees(wanted); !same) return tl::unexpected(std::move(same).error());
    }
    Concerned concerned(jobs, scope);
    std::erase_if(bad_, [&concerned](const BadFile& file) { return concerned.has(file.path); });
    auto alone = take_out_alone(wanted.files, concerned);
    auto bad = bad_files(wanted.files, concerned.jobs(), concerned.others());
    const bool is_bad = !bad.empty();
    std::string why = is_bad ? reasons(bad) : std::string();
    std::move(alone.begin(), alone.end(), std::back_inserter(bad_));
    std::move(bad.begin(), bad.end(), std::back_inserter(bad_));
    if (!mutated(DaemonMutant::bad_file_said_once)) log_bad();
    if (is_bad) return fail(ErrorCode::invalid_argument, std::move(why));
    read_ = scope ? words_with(wanted, concerned.jobs()) : words_of(wanted);
    std::vector<Job> all;
    for (WantedFile& file : wanted.files) {
        all.insert(all.end(), std::make_move_iterator(file.jobs.begin()),
                   std::make_move_iterator(file.jobs.end()));
    }
    // What the files say of a job's state counts when they say something else than before.
    return reconcile(concerned.jobs(), std::move(all), StartReason::reload, [this](const Job& job) {
        return holds_.inactive.contains(job.name()) != (job.state() == JobState::inactive);
    });
}

void JobFiles::end_reload(bool is_done) {
    Words read = std::exchange(read_, {});
    if (!is_done) return;
    if (read.tag_concurrency != holds_.tag_concurrency) {
        logger_.warn("tag_concurrency has changed; it takes effect after a restart");
    }
    if (!mutated(DaemonMutant::reload_is_forgotten)) holds_ = std::move(read);
}

run::AllowedAccounts JobFiles::allowed() const {
    run::AllowedAccounts all{options_.allow_run_as, options_.allow_run_as_group};
    for (const Words* const words : {&holds_, &read_}) append(all, words->allowed);
    return all;
}

void JobFiles::log_bad() const {
    for (const BadFile& file : bad_) {
        LogLine line = logger_.line(LogLevel::error, consequence(file));
        line.text("file", file.path).text("reason", file.why);
        const std::size_t jobs = file.kept + file.taken;
        if (jobs > 0) line.number("jobs", static_cast<std::int64_t>(jobs));
        logger_.write(line);
    }
}

}  // namespace quantum::daemon
