#include "daemon/job_files.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "quantum/job.hpp"

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
    wanted_ = options_.load_jobs(known);
    holds_ = words_of(wanted_);
    bad_ = bad_files(wanted_.files, {});
    if (bad_.empty() || ((!options_.strict || mutated(DaemonMutant::strict_is_not)) &&
                         (known != nullptr || !gives_nothing(wanted_))))
        return true;
    logger_.error("the jobs could not be loaded: " + reasons(bad_));
    return false;
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
    if (!bad_.empty() && (options_.strict || is_empty)) {
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

Result<FileChanges> JobFiles::at_reload(std::span<const JobRef> jobs,
                                        const config::KnownJobs& known,
                                        const std::function<Status(const DesiredJobs&)>& agrees) {
    DesiredJobs wanted = options_.load_jobs(known);
    if (agrees && !mutated(DaemonMutant::plan_not_compared)) {
        if (Status same = agrees(wanted); !same) return tl::unexpected(std::move(same).error());
    }
    bad_ = bad_files(wanted.files, jobs);
    if (!mutated(DaemonMutant::bad_file_said_once)) log_bad();
    if (!bad_.empty()) return fail(ErrorCode::invalid_argument, reasons(bad_));
    read_ = words_of(wanted);
    std::vector<Job> all;
    for (WantedFile& file : wanted.files) {
        all.insert(all.end(), std::make_move_iterator(file.jobs.begin()),
                   std::make_move_iterator(file.jobs.end()));
    }
    // What the files say of a job's state counts when they say something else than before.
    return reconcile(jobs, std::move(all), StartReason::reload, [this](const Job& job) {
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
