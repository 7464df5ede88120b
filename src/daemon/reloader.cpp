#include "daemon/reloader.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quantum/job_changes.hpp"
#include "quantum/storage/sqlite.hpp"

#include "config/job_file.hpp"
#include "daemon/known_jobs.hpp"
#include "daemon/mutant.hpp"
#include "daemon/plan_digest.hpp"
#include "daemon/state_lines.hpp"

namespace quantum::daemon {

Result<server::ReloadReport> Reloader::reload_all(const std::string& plan) {
    watch_.note_reading();
    Outcome outcome = reload({}, plan);
    events_.sweep_memory();
    return std::move(outcome.report);
}

void Reloader::reload_changed() {
    const FileScope changed = watch_.take_changed();
    if (!changed) return;
    // A job file says something of all jobs, too.
    const bool is_all = std::any_of(changed->begin(), changed->end(), config::is_job_file);
    if (is_all) watch_.note_reading();
    if (!reload(is_all ? FileScope() : changed).is_final)
        watch_.try_again(*changed, clock_.boot_now());
    events_.sweep_memory();
}

void Reloader::reload_one(const std::string& path) {
    watch_.note_reading_of(path);
    const std::set<std::string> scope{path};
    if (!reload(scope).is_final) watch_.try_again(scope, clock_.boot_now());
    events_.sweep_memory();
}

Reloader::Outcome Reloader::fail_with(Error error) {
    logger_.error("reload failed: " + error.message);
    return {tl::unexpected(std::move(error)), false};
}

Result<bool> Reloader::is_planned(const DesiredJobs& read, const std::string& plan) const {
    if (state_ == nullptr) return plan_digest(read, {}).is(plan);
    // As whoever planned it has read them.
    const auto ledger = SqliteLedger::open(state_->directory());
    if (!ledger) return tl::unexpected(ledger.error());
    const auto stored = (*ledger)->snapshot();
    if (!stored) return tl::unexpected(stored.error());
    const std::vector<StoredJob> none;
    return plan_digest(read, stored->jobs ? *stored->jobs : none).is(plan);
}

Reloader::Outcome Reloader::reload(const FileScope& scope, const std::string& plan) {
    auto known = scheduler_.jobs();
    if (!known) return fail_with(std::move(known).error());
    bool differs = false;
    const auto agrees = [&](const DesiredJobs& read) -> Status {
        const auto is_same = plan.empty() ? Result<bool>(true) : is_planned(read, plan);
        if (!is_same) return tl::unexpected(is_same.error());
        differs = !*is_same;
        if (!differs) return {};
        return fail(ErrorCode::invalid_argument, "files or jobs are not those that were planned");
    };
    auto changes = files_.at_reload(*known, known_in(scheduler_), scope, agrees);
    tell_bad_files(state_, files_.bad());
    if (!changes) {
        logger_.error("reload rejected, keeping the current jobs: " + changes.error().message);
        if (differs) return {server::ReloadReport{.plan_differs = true}};
        return {tl::unexpected(std::move(changes).error())};
    }
    if (!mutated(DaemonMutant::users_not_renewed))
        allow_accounts_();  // a job that is new may begin at once
    const auto applied =
        events_.unless_ended([this, wanted = std::move(changes->changes)]() mutable {
            return scheduler_.change_jobs(std::move(wanted));
        });
    files_.end_reload((applied && *applied) || mutated(DaemonMutant::refused_reload_counts));
    allow_accounts_();
    if (!applied) return fail_with({ErrorCode::unavailable, "the program is being stopped"});
    if (!*applied) return fail_with(applied->error());
    compare_zone_data(logger_, zone_data_);
    LogLine line = logger_.line(LogLevel::info, scope ? "changed files were reloaded" : "reloaded");
    tell_jobs(line, scheduler_.jobs().value_or(std::vector<JobRef>()), clock_.wall_now());
    tell_changes(line, *changes);
    logger_.write(line);
    return {server::ReloadReport{changes->added, changes->changed, changes->removed,
                                 changes->unchanged}};
}

}  // namespace quantum::daemon
