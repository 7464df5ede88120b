#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/commits/storage_writer.hpp"
#include "scheduler/common/job_event.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/jobs/job_acceptance.hpp"
#include "scheduler/jobs/job_requests.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/jobs/manual_run.hpp"
#include "scheduler/jobs/pending_changes.hpp"
#include "scheduler/jobs/table_change.hpp"

namespace quantum::scheduler {

/// One-shots whose due time has its entry.
struct FinishedJobs {
    std::vector<FinishedDefinition> jobs;
};

/// A change that must be stored is to be sent again.
struct SendAgain {};

/// Deleted jobs that nothing refers to any more.
struct ReleasedJobs {
    std::vector<JobHandle> handles;
};

/// The state of JobBroadcaster that must survive a crash: the jobs, and requests in progress.
struct JobBroadcasterState {
    JobTable table;
    std::deque<JobRequest> queue;
    std::optional<TableChange> change;  ///< being stored
    std::uint64_t last_change = 0;
    std::uint64_t told = 0;  ///< the last acceptance whose end was sent downstream
    std::vector<JobHandle> released;
    std::vector<FinishedDefinition> finished;        ///< to be retired
    std::vector<FinishedDefinition> finished_later;  ///< could not be stored
};

/// A producer that owns the job table, has each change stored, and then sends it downstream.
class JobBroadcaster final : public Producer<JobEvent> {
public:
    struct Dependencies {
        JobBroadcasterState* state = nullptr;
        PendingChanges* pending_changes = nullptr;
        ManualRunQueue* manual_runs = nullptr;
        TelemetryHub* hub = nullptr;
        Clock* clock = nullptr;
        StageRef<StorageWriter> writer;  ///< none if no ledger is kept
        std::string subject;             ///< name of the scheduler in errors
        std::string zone_data;           ///< version of the zone data in use
        Binding binding{};               ///< which jobs are unbound
        std::function<void(const std::string& reason)> give_up;
    };

    explicit JobBroadcaster(Dependencies dependencies);
    ~JobBroadcaster() override;

    InitResult init(Options& options) override;
    Reaction<JobEvent> handle_demand(std::size_t count) override;
    Reaction<JobEvent> handle_subscribe(const Subscription& consumer) override;
    /// Any of job_requests.hpp.
    template <class Request>
    requires std::is_constructible_v<JobRequest, Asked<Request>> Reaction<JobEvent> handle_call(
        Request request, From<ReplyOf<Request>> from) {
        return take(Asked<Request>{std::move(request), std::move(from)});
    }
    Reaction<JobEvent> handle_cast(const CommitReply& reply);
    Reaction<JobEvent> handle_cast(StorageRestarted restarted);
    Reaction<JobEvent> handle_cast(SendAgain again);
    Reaction<JobEvent> handle_cast(const ReleasedJobs& released);
    Reaction<JobEvent> handle_cast(const FinishedJobs& finished);

private:
    Reaction<JobEvent> take(JobRequest request);
    [[nodiscard]] std::vector<JobEvent> whole_table();
    [[nodiscard]] std::vector<JobEvent> work();
    void take_back_finished();
    void send();
    void send_later(const std::string& reason);
    void refuse_waiting();
    [[nodiscard]] std::vector<JobEvent> finish(TableChange change);
    [[nodiscard]] std::vector<JobEvent> refuse_change(TableChange change, ErrorCode code,
                                                      const std::string& reason);
    void settle(const TableChange& change, std::vector<JobEvent>& events);
    void tell(const TableChange& change);

    Dependencies dependencies_;
    JobBroadcasterState& state_;
    JobAcceptance acceptance_;
    bool tell_all_ = false;  // to a consumer that subscribed while a change was being stored
    std::optional<Clock::TimerId> timer_;
};

}  // namespace quantum::scheduler
