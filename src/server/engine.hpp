#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

#include "config/job_file.hpp"
#include "scheduler/executions/execution_views.hpp"
#include "scheduler/jobs/job_requests.hpp"
#include "scheduler/scheduler_calls.hpp"

namespace quantum::server {

/// What does not change while the API lives.
struct EngineFacts {
    std::string version{};
    std::string node{};
    std::string state_directory{};  ///< empty: nothing is kept
    std::string zone_data{};
    int pid = 0;
    WallTime started{};
    bool is_running = true;  ///< false: this is a ledger without a daemon
};

/// How the storage does.
struct StorageHealth {
    bool is_degraded = false;
    std::optional<WallTime> since{};
    std::string reason{};
    std::vector<std::string> bad_files{};
};

/// What a reload did.
struct ReloadReport {
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;
    std::size_t unchanged = 0;
    bool plan_differs = false;  ///< files or jobs are not those that were planned; nothing changed
};

/// What the API asks: a running scheduler, or a ledger alone.
///
/// Every call returns at once, and `then` is called once, on any thread; it must not be held up.
/// Thread-safety: calls come from the API's thread, except those that say otherwise.
class Engine {
public:
    template <class Answer>
    using Then = std::function<void(Result<Answer>)>;

    virtual ~Engine() = default;

    [[nodiscard]] virtual const EngineFacts& facts() const = 0;
    [[nodiscard]] virtual WallTime now() const = 0;
    /// From any thread.
    [[nodiscard]] virtual StorageHealth health() const = 0;
    /// Null: none is kept. Used on the API's reading thread.
    [[nodiscard]] virtual const Ledger* ledger() const = 0;
    /// For jobs that come from the API: whose they are, and what they may. From the reading thread,
    /// since it may look up accounts.
    [[nodiscard]] virtual config::JobFileOptions job_options() const = 0;

    /// Answered by the thread that decides, as soon as it gets to it.
    virtual void ping(std::function<void()> then) = 0;

    virtual void list_jobs(Then<std::vector<StoredJob>> then) = 0;
    virtual void find_job(std::string name, Then<std::optional<scheduler::JobView>> then) = 0;
    virtual void open_runs(Then<std::vector<scheduler::RunView>> then) = 0;

    virtual void set_pauses(scheduler::SetPauses request, Then<std::size_t> then) = 0;
    virtual void put_job(scheduler::AddJobs request, Then<StoredJob> then) = 0;
    virtual void remove_job(scheduler::RemoveJob request, Then<void> then) = 0;
    virtual void trigger(scheduler::RunJob request, Then<ExecutionId> then) = 0;
    virtual void add_notes(scheduler::AddNotes request, Then<void> then) = 0;
    virtual void stop_runs(scheduler::StopRuns request, Then<std::vector<ExecutionId>> then) = 0;

    /// It is being stopped: nothing new starts.
    [[nodiscard]] virtual bool is_draining() const { return false; }

    /// Reads the files again. `actor`: for the log. `plan`: the digest that it must have been
    /// planned with; empty: it was not planned.
    virtual void reload(std::string actor, std::string plan, Then<ReloadReport> then) = 0;
    /// Starts nothing more, and ends the program when nothing runs any more or `timeout` is over.
    virtual void drain(std::string actor, std::optional<Duration> timeout, Then<void> then) = 0;

protected:
    Engine() = default;
    Engine(const Engine&) = default;
    Engine& operator=(const Engine&) = default;
};

}  // namespace quantum::server
