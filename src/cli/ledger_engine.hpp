#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/storage/sqlite.hpp"

#include "server/engine.hpp"

namespace quantum::cli {

/// A ledger without a daemon as the API sees it: what is recorded can be read, and jobs can be
/// paused and resumed, which the next start finds. Whatever needs a schedule fails.
///
/// Thread-safety: that of Engine.
class LedgerEngine final : public server::Engine {
public:
    LedgerEngine(std::filesystem::path directory, std::unique_ptr<SqliteLedger> ledger);

    [[nodiscard]] const server::EngineFacts& facts() const override { return facts_; }
    [[nodiscard]] WallTime now() const override;
    [[nodiscard]] server::StorageHealth health() const override { return {}; }
    [[nodiscard]] const Ledger* ledger() const override { return ledger_.get(); }
    [[nodiscard]] config::JobFileOptions job_options() const override;

    void ping(std::function<void()> then) override { then(); }
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
    const std::filesystem::path directory_;
    std::unique_ptr<SqliteLedger> ledger_;  // closed while something is written
    server::EngineFacts facts_;
};

}  // namespace quantum::cli
