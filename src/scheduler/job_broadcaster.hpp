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
#include "quantum/stage.hpp"
#include "quantum/storage.hpp"

#include "scheduler/acceptance.hpp"
#include "scheduler/job_event.hpp"
#include "scheduler/job_table.hpp"
#include "scheduler/manual_runs.hpp"
#include "scheduler/storage_writer.hpp"
#include "scheduler/telemetry_hub.hpp"
#include "scheduler/twins.hpp"

namespace quantum::scheduler {

/// What a job request came to.
struct JobReply {
    std::vector<StoredJob> jobs;  ///< of find, list; of add, as they were accepted
    std::vector<JobHandle> handles;
    std::optional<ExecutionId> execution;  ///< of run
};

/// A request of the user's interface.
struct JobRequest {
    enum class Kind : std::uint8_t {
        add,
        remove,
        remove_all,
        activate,
        deactivate,
        run,
        find,
        list
    };
    using Reply = JobReply;

    Kind kind = Kind::list;
    std::vector<Job> jobs;             ///< of add
    std::vector<std::string> removed;  ///< of add: what goes in the same change
    std::string name;                  ///< of those that concern one job
    bool tell_jobs = true;             ///< of add: the reply lists what was accepted
};

/// Deleted jobs that nothing refers to any more.
struct ReleasedJobs {
    std::vector<JobHandle> handles;
};

/// What JobBroadcaster must not forget when it crashes: the jobs, and requests under way.
struct JobDesk {
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
        std::uint64_t accepted = 0;  ///< its mark; 0: it changes no job
        std::shared_ptr<Batch> batch;
        std::vector<Answer> answers;
        std::vector<JobEvent> events;
        std::vector<ManualRun> runs;
        std::vector<Told> told;  ///< by telemetry, once it is stored
    };

    JobTable table;
    std::deque<Pending> queue;
    std::optional<Change> change;  ///< being stored
    std::uint64_t last_change = 0;
    std::uint64_t told = 0;  ///< the last acceptance whose end went downstream
    std::vector<JobHandle> released;
};

/// Producer: owns the job table, has each change stored, then tells it downstream.
class JobBroadcaster final : public Producer<JobEvent> {
public:
    struct Links {
        JobDesk* desk = nullptr;
        Acceptance* acceptance = nullptr;
        ManualRuns* manual_runs = nullptr;
        TelemetryHub* hub = nullptr;
        Clock* clock = nullptr;
        StageRef<StorageWriter> writer;  ///< none where no ledger is kept
        std::string subject;             ///< names the scheduler in errors
    };

    explicit JobBroadcaster(Links links);

    InitResult init(Options& options) override;
    Reaction<JobEvent> handle_demand(std::size_t count) override;
    Reaction<JobEvent> handle_subscribe(const Subscription& consumer) override;
    Reaction<JobEvent> handle_call(JobRequest request, From<JobReply> from);
    Reaction<JobEvent> handle_cast(CommitReply reply);
    Reaction<JobEvent> handle_cast(StorageRestarted restarted);
    Reaction<JobEvent> handle_cast(ReleasedJobs released);

private:
    [[nodiscard]] std::vector<JobEvent> whole_table();
    [[nodiscard]] std::vector<JobEvent> work();
    void apply(JobDesk::Change& change, JobDesk::Pending& pending, WallTime now);
    void add(JobDesk::Change& change, JobDesk::Pending& pending, JobReply& reply, WallTime now);
    void remove(JobDesk::Change& change, std::uint32_t place, WallTime now);
    void set_state(JobDesk::Change& change, const std::string& name, JobState state, WallTime now);
    void send();
    [[nodiscard]] std::vector<JobEvent> finish(JobDesk::Change change);
    [[nodiscard]] std::vector<JobEvent> refuse(JobDesk::Change change, ErrorCode code,
                                               const std::string& reason);
    void settle(const JobDesk::Change& change, std::vector<JobEvent>& events);
    void note(JobDesk::Change& change, TelemetryKind kind, std::uint32_t place);
    void tell(const JobDesk::Change& change);
    [[nodiscard]] JobEvent event_of(std::uint32_t place) const;
    [[nodiscard]] StoredJob stored(std::uint32_t place) const;

    Links links_;
    JobDesk& desk_;
    Twins twins_;
    bool tell_all_ = false;  // to a consumer that came while a change was being stored
};

}  // namespace quantum::scheduler
