#include "daemon/control_engine.hpp"

#include <utility>

#include "quantum/storage/sqlite.hpp"

#include "config/account.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {

ControlEngine::ControlEngine(const Parts& parts, server::EngineFacts facts)
    : parts_(parts), facts_(std::move(facts)), calls_(parts_.scheduler) {}

void ControlEngine::allow(run::AllowedAccounts accounts) {
    const base::MutexLock lock(mutex_);
    allowed_ = std::move(accounts);
}

// What the holder wrote for others too: no thread of the schedule is asked.
server::StorageHealth ControlEngine::health() const {
    server::StorageHealth health;
    if (parts_.state == nullptr) return health;
    const auto status = instance_status(parts_.state->directory());
    if (!status) {
        health.is_degraded = true;
        health.reason = status.error().message;
        return health;
    }
    health.is_degraded = status->is_degraded;
    health.since = status->degraded_since;
    health.reason = status->reason;
    health.bad_files = status->bad_files;
    return health;
}

const Ledger* ControlEngine::ledger() const {
    return parts_.state == nullptr ? nullptr : &parts_.state->storage().ledger();
}

config::JobFileOptions ControlEngine::job_options() const {
    config::JobFileOptions options;
    if (parts_.job_options) {
        options = parts_.job_options();
    } else {
        options.account = config::own_account();
    }
    options.path = "api";
    options.now = now();
    const base::MutexLock lock(mutex_);
    options.allow_run_as = allowed_.users;
    options.allow_run_as_group = allowed_.groups;
    return options;
}

void ControlEngine::ping(std::function<void()> then) {
    if (mutated(DaemonMutant::control_thread_not_asked)) return then();
    parts_.control.post(std::move(then));
}

void ControlEngine::list_jobs(Then<std::vector<StoredJob>> then) { calls_.list(std::move(then)); }

void ControlEngine::find_job(std::string name, Then<std::optional<scheduler::JobView>> then) {
    calls_.find(std::move(name), std::move(then));
}

void ControlEngine::open_runs(Then<std::vector<scheduler::RunView>> then) {
    calls_.runs(std::move(then));
}

void ControlEngine::set_pauses(scheduler::SetPauses request, Then<std::size_t> then) {
    calls_.set_pauses(std::move(request), std::move(then));
}

void ControlEngine::put_job(scheduler::AddJobs request, Then<StoredJob> then) {
    calls_.put(std::move(request), std::move(then));
}

void ControlEngine::remove_job(scheduler::RemoveJob request, Then<void> then) {
    calls_.remove(std::move(request), std::move(then));
}

void ControlEngine::trigger(scheduler::RunJob request, Then<ExecutionId> then) {
    calls_.trigger(std::move(request), std::move(then));
}

void ControlEngine::add_notes(scheduler::AddNotes request, Then<void> then) {
    calls_.add_notes(std::move(request), std::move(then));
}

void ControlEngine::stop_runs(scheduler::StopRuns request, Then<std::vector<ExecutionId>> then) {
    calls_.stop_runs(std::move(request), std::move(then));
}

void ControlEngine::reload(std::string actor, std::string plan, Then<server::ReloadReport> then) {
    parts_.main.add(MainRequests::Reload{std::move(actor), std::move(plan), std::move(then)});
}

void ControlEngine::drain(std::string actor, std::optional<Duration> timeout, Then<void> then) {
    parts_.main.add(MainRequests::Drain{std::move(actor), timeout, std::move(then)});
}

}  // namespace quantum::daemon
