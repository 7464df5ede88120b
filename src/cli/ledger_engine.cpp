#include "cli/ledger_engine.hpp"

#include <algorithm>
#include <utility>

#include "quantum/schedule.hpp"

#include "cli/commands.hpp"
#include "cli/now.hpp"
#include "config/account.hpp"
#include "daemon/stored_pauses.hpp"

namespace quantum::cli {
namespace {

tl::unexpected<Error> nobody_runs() {
    return fail(ErrorCode::unavailable, "no scheduler is running");
}

/// What its schedule says; nothing runs.
scheduler::JobView view_of(const JobRevision& revision, WallTime now) {
    scheduler::JobView view{revision.stored, {}};
    const Job& job = *revision.stored.job;
    const bool is_held = job.pause() && (!job.pause()->until || *job.pause()->until > now);
    if (job.schedule() && job.state() == JobState::active && !is_held) {
        view.executions.next_due = job.schedule()->next(now);
        view.executions.no_future = !view.executions.next_due && !job.schedule()->is_reboot();
    }
    return view;
}

bool is_current(const JobRevision& revision) {
    return !revision.until && static_cast<bool>(revision.stored.job);
}

}  // namespace

LedgerEngine::LedgerEngine(std::filesystem::path directory, std::unique_ptr<SqliteLedger> ledger)
    : directory_(std::move(directory)), ledger_(std::move(ledger)) {
    facts_.version = version_text();
    facts_.state_directory = directory_.string();
    facts_.is_running = false;
}

WallTime LedgerEngine::now() const { return cli::now().value_or(WallTime()); }

config::JobFileOptions LedgerEngine::job_options() const {
    config::JobFileOptions options;
    options.account = config::own_account();
    return options;
}

void LedgerEngine::list_jobs(Then<std::vector<StoredJob>> then) {
    auto revisions = ledger_->revisions(std::nullopt);
    if (!revisions) return then(tl::unexpected(std::move(revisions).error()));
    std::vector<StoredJob> jobs;
    for (JobRevision& revision : *revisions) {
        if (is_current(revision)) jobs.push_back(std::move(revision.stored));
    }
    then(std::move(jobs));
}

void LedgerEngine::find_job(std::string name, Then<std::optional<scheduler::JobView>> then) {
    const auto revisions = ledger_->revisions(name);
    if (!revisions) return then(tl::unexpected(revisions.error()));
    if (revisions->empty() || !is_current(revisions->back())) {
        return then(std::optional<scheduler::JobView>());
    }
    then(std::optional<scheduler::JobView>(view_of(revisions->back(), now())));
}

void LedgerEngine::open_runs(Then<std::vector<scheduler::RunView>> then) { then(nobody_runs()); }

// The holder of the lock writes, and nobody in this process reads meanwhile.
void LedgerEngine::set_pauses(scheduler::SetPauses request, Then<std::size_t> then) {
    ledger_.reset();
    auto changed = daemon::set_stored_pauses(directory_, request, now());
    if (auto reopened = SqliteLedger::open(directory_)) ledger_ = std::move(*reopened);
    then(std::move(changed));
}

void LedgerEngine::put_job(scheduler::AddJobs, Then<StoredJob> then) { then(nobody_runs()); }

void LedgerEngine::remove_job(scheduler::RemoveJob, Then<void> then) { then(nobody_runs()); }

void LedgerEngine::trigger(scheduler::RunJob, Then<ExecutionId> then) { then(nobody_runs()); }

void LedgerEngine::add_notes(scheduler::AddNotes, Then<void> then) { then(nobody_runs()); }

void LedgerEngine::stop_runs(scheduler::StopRuns, Then<std::vector<ExecutionId>> then) {
    then(nobody_runs());
}

void LedgerEngine::reload(std::string, std::string, Then<server::ReloadReport> then) {
    then(nobody_runs());
}

void LedgerEngine::drain(std::string, std::optional<Duration>, Then<void> then) {
    then(nobody_runs());
}

}  // namespace quantum::cli
