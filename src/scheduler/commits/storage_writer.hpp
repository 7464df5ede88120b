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

/// The stages that have something stored.
enum class Requester : std::uint8_t { jobs, executions };

struct CommitReply {
    Requester requester = Requester::jobs;
    std::uint64_t number = 0;
    CommitStatus status = CommitStatus::done;  ///< never unknown
    std::string reason;
};

/// Numbers rise within a requester, which has one request under way at most. A request may be sent
/// again after a crash: it is stored once and answered again.
struct CommitRequest {
    Requester requester = Requester::jobs;
    std::uint64_t number = 0;
    std::shared_ptr<Batch> batch;
    std::function<void(CommitReply)> answer;
};

/// What StorageWriter must not forget when it crashes.
struct StorageWriterState {
    explicit StorageWriterState(Storage& where) : storage(where) {}

    Storage& storage;
    std::uint64_t last_batch = 0;
    std::vector<CommitRequest> waiting;
    std::shared_ptr<Batch> batch;         ///< not known to be stored or refused
    std::vector<CommitRequest> carried;   ///< by `batch`
    bool uncertain = false;               ///< an answer about `batch` was lost
    std::array<CommitReply, 2> answered;  ///< the last one of each requester
    Duration pause{};                     ///< until the next attempt; zero while all is well
    bool degraded = false;
    BootTime told_degraded{};  ///< when that was last logged
    bool fatal = false;
    std::string reason;
    bool started = false;
    /// Asks the requesters to send again what is not answered: a crash may have lost it.
    std::function<void()> ask_again;
    /// Tells that what was sent may or may not be stored, each time that it is not known.
    std::function<void()> tell_doubt;
};

/// To a requester: what it is waiting for may have been lost.
struct StorageRestarted {};

/// The stage that commits: gathers what arrived while the last commit was under way into the next
/// batch, tries again what failed, sends again what may or may not have been stored.
///
/// A commit has four answers. `done` and `fatal` speak for themselves, `failed` means that nothing
/// is stored, and `unknown` that nobody can say. Then nothing is concluded, and the very same batch
/// is sent again under the same id, which the adapter knows if it has it:
///
///     12:00:00  batch 7 is sent; the disk reports an error at the sync: unknown
///     12:00:01  batch 7 is sent again. It was on disk: done, and the run starts, once. Or it was
///               not: it is stored now, and the run starts, once
///
/// Were `unknown` taken for `failed`, the plan would be rolled back and the due time decided again
/// beside a row that is there. After a lost answer even `failed` is not believed: the batch goes on
/// being sent until the adapter says `done`, or gives up for good.
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
