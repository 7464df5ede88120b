#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/scheduler.hpp"

#include "base/event_loop.hpp"
#include "base/mutex.hpp"
#include "config/job_file.hpp"
#include "daemon/durable_state.hpp"
#include "daemon/main_requests.hpp"
#include "run/process/identity.hpp"
#include "scheduler/scheduler_calls.hpp"
#include "server/engine.hpp"

namespace quantum::daemon {

/// The running scheduler as the API sees it. All that it is given outlives it.
///
/// Thread-safety: that of Engine; `allow` and `begin_drain` may be called from any thread.
class ControlEngine final : public server::Engine {
public:
    struct Parts {
        Scheduler& scheduler;
        base::EventLoop& control;  ///< the loop of the thread that decides
        const Clock& clock;
        DurableState* state;  ///< null: nothing is kept
        MainRequests& main;
        /// For jobs of the API, as far as the command line says; may be empty.
        const std::function<config::JobFileOptions()>& job_options;
    };

    ControlEngine(const Parts& parts, server::EngineFacts facts);

    /// Whom jobs may run as, from now on.
    void allow(run::AllowedAccounts accounts);
    void begin_drain() { is_draining_.store(true); }

    [[nodiscard]] const server::EngineFacts& facts() const override { return facts_; }
    [[nodiscard]] WallTime now() const override { return parts_.clock.wall_now(); }
    [[nodiscard]] server::StorageHealth health() const override;
    [[nodiscard]] const Ledger* ledger() const override;
    [[nodiscard]] config::JobFileOptions job_options() const override;
    [[nodiscard]] bool is_draining() const override { return is_draining_.load(); }

    void ping(std::function<void()> then) override;
    void list_jobs(Then<std::vector<StoredJob>> then) override;
    void find_job(std::string name, Then<std::optional<scheduler::JobView>> then) override;
    void open_runs(Then<std::vector<scheduler::RunView>> then) override;
    void set_pauses(scheduler::SetPauses request, Then<std::size_t> then) override;
    void put_job(scheduler::AddJobs request, Then<StoredJob> then) override;
    void remove_job(scheduler::RemoveJob request, Then<void> then) override;
    void trigger(scheduler::RunJob request, Then<ExecutionId> then) override;
    void add_notes(scheduler::AddNotes request, Then<void> then) override;
    void stop_runs(scheduler::StopRuns request, Then<std::vector<ExecutionId>> then) override;
    void reload(std::string actor, std::string plan, Then<server::ReloadReport> then) override;
    void drain(std::string actor, std::optional<Duration> timeout, Then<void> then) override;

private:
    const Parts parts_;
    const server::EngineFacts facts_;
    const scheduler::SchedulerCalls calls_;
    std::atomic<bool> is_draining_{false};
    mutable base::Mutex mutex_;  // a leaf
    run::AllowedAccounts allowed_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
