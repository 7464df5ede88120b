#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/commits/storage_writer.hpp"
#include "scheduler/common/job_event.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/jobs/job_interner.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/jobs/manual_run.hpp"
#include "scheduler/jobs/pending_changes.hpp"

namespace quantum::scheduler {

/// The reply to a job request.
struct JobReply {
    std::vector<StoredJob> jobs;  ///< for find, list; for add, as they were accepted
    std::vector<JobHandle> handles;
    std::optional<ExecutionId> execution;  ///< of run
};

/// A request from the public interface.
struct JobRequest {
    enum class Kind : std::uint8_t {
        add,
        remove,
        remove_all,
        activate,
        deactivate,
        pause,
        resume,
        run,
        find,
        list
    };
    using Reply = JobReply;

    Kind kind = Kind::list;
    std::vector<Job> jobs;             ///< of add
    std::vector<std::string> removed;  ///< for add: jobs deleted in the same change
    std::string name;                  ///< for requests that concern one job
    bool tell_jobs = true;             ///< for add: the reply lists what was accepted
    bool each_alone = false;           ///< for add: a rejected job does not affect the others
    bool until_stored = false;         ///< for add: a rejected batch is retried until it is stored
    bool from_files = false;  ///< for add: each change is recorded as an audit note of its file
    bool kill = false;        ///< for remove: running jobs are terminated
    /// For add: when the first `counted` jobs start to count; the others count from their
    /// acceptance.
    std::optional<WallTime> counts_from{};
    std::size_t counted = 0;
    std::optional<WallTime> until{};  ///< of pause
    std::string note{};               ///< for pause and resume: why
    std::string key{};                ///< for run: the idempotency key
    std::string actor{};              ///< the actor; empty: not recorded
};

/// One-shots whose due time has its entry.
struct FinishedJobs {
    struct Definition {
        JobHandle handle{};
        std::uint32_t revision = 0;
    };
    std::vector<Definition> jobs;
};

/// A change that must be stored is to be sent again.
struct SendAgain {};

/// Deleted jobs that nothing refers to any more.
struct ReleasedJobs {
    std::vector<JobHandle> handles;
};

/// The state of JobBroadcaster that must survive a crash: the jobs, and requests in progress.
struct JobBroadcasterState {
    struct Pending {
        JobRequest request;
        From<JobReply> from;
    };
    struct Told {
        TelemetryKind kind;
        JobRef job;
    };
    /// Requests that are stored together.
    struct Change {
        struct Answer {
            From<JobReply> from;
            JobReply reply;
            std::optional<Error> error;
        };
        std::uint64_t number = 0;
        std::uint64_t accepted = 0;  ///< its mark; 0: it does not change any job
        std::shared_ptr<Batch> batch;
        std::vector<Answer> answers;
        std::vector<JobEvent> events;
        std::vector<ManualRun> runs;
        std::vector<Told> told;  ///< reported by telemetry, once it is stored
        std::vector<FinishedJobs::Definition> finished;
        bool until_stored = false;
        Duration pause{};  ///< before the next attempt of such a change; zero: none has failed yet
        std::string reason;  ///< why the last attempt failed
    };

    JobTable table;
    std::deque<Pending> queue;
    std::optional<Change> change;  ///< being stored
    std::uint64_t last_change = 0;
    std::uint64_t told = 0;  ///< the last acceptance whose end was sent downstream
    std::vector<JobHandle> released;
    std::vector<FinishedJobs::Definition> finished;        ///< to be retired
    std::vector<FinishedJobs::Definition> finished_later;  ///< could not be stored
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
        std::function<void(const std::string& reason)> give_up;
    };

    explicit JobBroadcaster(Dependencies dependencies);
    ~JobBroadcaster() override;

    InitResult init(Options& options) override;
    Reaction<JobEvent> handle_demand(std::size_t count) override;
    Reaction<JobEvent> handle_subscribe(const Subscription& consumer) override;
    Reaction<JobEvent> handle_call(JobRequest request, From<JobReply> from);
    Reaction<JobEvent> handle_cast(const CommitReply& reply);
    Reaction<JobEvent> handle_cast(StorageRestarted restarted);
    Reaction<JobEvent> handle_cast(SendAgain again);
    Reaction<JobEvent> handle_cast(const ReleasedJobs& released);
    Reaction<JobEvent> handle_cast(const FinishedJobs& finished);

private:
    [[nodiscard]] std::vector<JobEvent> whole_table();
    [[nodiscard]] std::vector<JobEvent> work();
    void take_back_finished();
    void apply(JobBroadcasterState::Change& change, JobBroadcasterState::Pending& pending,
               WallTime now);
    [[nodiscard]] std::optional<Error> add(JobBroadcasterState::Change& change,
                                           JobBroadcasterState::Pending& pending, JobReply& reply,
                                           WallTime now);
    static void name_changes(JobBroadcasterState::Change& change);
    void remove(JobBroadcasterState::Change& change, std::uint32_t index, WallTime now, bool kill);
    void set_state(JobBroadcasterState::Change& change, std::uint32_t index, JobState state,
                   WallTime now);
    void set_pause(JobBroadcasterState::Change& change, const JobRequest& request,
                   std::uint32_t index, WallTime now);
    void put_changed(JobBroadcasterState::Change& change, std::uint32_t index, Job changed,
                     WallTime now, std::string note);
    void retire(JobBroadcasterState::Change& change, WallTime now);
    static void note_actor(JobBroadcasterState::Change& change, const JobRequest& request,
                           WallTime now);
    void send();
    void send_later(const std::string& reason);
    void refuse_waiting();
    [[nodiscard]] std::vector<JobEvent> finish(JobBroadcasterState::Change change);
    [[nodiscard]] std::vector<JobEvent> refuse(JobBroadcasterState::Change change, ErrorCode code,
                                               const std::string& reason);
    void settle(const JobBroadcasterState::Change& change, std::vector<JobEvent>& events);
    void note(JobBroadcasterState::Change& change, TelemetryKind kind, std::uint32_t index);
    void tell(const JobBroadcasterState::Change& change);
    [[nodiscard]] JobEvent event_of(std::uint32_t index) const;
    [[nodiscard]] StoredJob stored(std::uint32_t index) const;

    Dependencies dependencies_;
    JobBroadcasterState& state_;
    JobInterner interner_;
    bool tell_all_ = false;  // to a consumer that subscribed while a change was being stored
    std::optional<Clock::TimerId> timer_;
};

}  // namespace quantum::scheduler
