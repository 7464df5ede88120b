#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/common/telemetry_hub.hpp"

namespace quantum::scheduler {

/// The stages that request commits.
enum class Requester : std::uint8_t { jobs, executions };

struct CommitReply {
    Requester requester = Requester::jobs;
    std::uint64_t number = 0;
    CommitStatus status = CommitStatus::done;  ///< never unknown
    std::string reason;
};

/// Numbers increase within a requester, which has at most one request in progress. A request may be
/// sent again after a crash: it is stored once and answered again.
struct CommitRequest {
    Requester requester = Requester::jobs;
    std::uint64_t number = 0;
    std::shared_ptr<Batch> batch;
    std::function<void(CommitReply)> answer;
};

/// The state of StorageWriter that must survive a crash.
struct StorageWriterState {
    explicit StorageWriterState(Storage& where) : storage(where) {}

    Storage& storage;
    std::uint64_t last_batch = 0;
    std::vector<CommitRequest> waiting;
    std::shared_ptr<Batch> batch;         ///< not known to be stored or rejected
    std::vector<CommitRequest> carried;   ///< carried by `batch`
    bool uncertain = false;               ///< an answer about `batch` was lost
    std::array<CommitReply, 2> answered;  ///< the last reply to each requester
    Duration pause{};                     ///< before the next attempt; zero while all is well
    bool degraded = false;
    BootTime told_degraded{};  ///< when that was last logged
    bool fatal = false;
    std::string reason;
    bool started = false;
    /// Asks the requesters to send unanswered requests again, because a crash may have lost them.
    std::function<void()> ask_again;
    /// Reports, each time it happens, that it is unknown whether the last batch was stored.
    std::function<void()> tell_doubt;
};

/// To a requester: what it is waiting for may have been lost.
struct StorageRestarted {};

/// The stage that commits: it combines what has arrived during the last commit into the next batch,
/// retries failed batches, and sends a batch again if it is unknown whether it was stored.
///
/// A commit has four results. `done` and `fatal` are self-explanatory, `failed` means that nothing
/// was stored, and `unknown` that nobody can tell. In the last case nothing is concluded: the very
/// same batch is sent again with the same ID, which the adapter recognizes if it has it:
///
///     12:00:00  batch 7 is sent; the disk reports an error at the sync: unknown
///     12:00:01  batch 7 is sent again. It was on disk: done, and the run starts, once. Or it was
///               not: it is stored now, and the run starts, once
///
/// If `unknown` were treated as `failed`, the plan would be rolled back and the due time decided
/// again although its row exists. After a lost answer even `failed` is not believed: the batch is
/// sent again until the adapter returns `done` or gives up for good.
class StorageWriter final : public Consumer<CommitRequest> {
public:
    StorageWriter(StorageWriterState& state, Clock& clock, TelemetryHub& hub);
    ~StorageWriter() override;

    InitResult init(Options& options) override;
    Reaction<> handle_events(std::vector<CommitRequest> requests,
                             const Subscription& producer) override;
    Reaction<> handle_cast(CommitRequest request);

    struct CommitNow {};
    Reaction<> handle_cast(CommitNow now);

private:
    void take(CommitRequest request);
    void gather();
    void commit();
    void answer_all(CommitStatus status, const std::string& reason);
    void degrade(const std::string& reason);
    void heal();
    void try_later();

    StorageWriterState& state_;
    Clock& clock_;
    TelemetryHub& hub_;
    bool scheduled_ = false;
    std::optional<Clock::TimerId> timer_;
};

}  // namespace quantum::scheduler
