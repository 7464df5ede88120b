#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/commits/storage_writer.hpp"
#include "scheduler/common/job_event.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/execution_book.hpp"
#include "scheduler/executions/intake.hpp"
#include "scheduler/executions/round_maker.hpp"
#include "scheduler/executions/timeline.hpp"
#include "scheduler/jobs/job_broadcaster.hpp"
#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// How one job stands on the side of its executions.
struct ExecutionView {
    std::optional<WallTime> next_due;
    bool no_future = false;
    std::uint32_t open = 0;
    std::uint32_t waiting = 0;
    std::uint32_t stuck = 0;
    std::optional<WallTime> retry_at;
    std::optional<OutcomeKind> last_outcome;
    std::optional<WallTime> last_end;
};

struct ViewRequest {
    using Reply = ExecutionView;
    JobHandle handle{};
    std::uint32_t revision = 0;
};

/// The runs that are claimed or started and have not ended, oldest first.
struct OpenRunsRequest {
    using Reply = std::vector<OpenRun>;
    std::optional<JobHandle> handle;  ///< none: of all jobs
};

/// No new starts; answered when no run is under way and all ends are stored. What still runs after
/// `patience` is told to end, then killed, then given up as lost. From the first of these steps on
/// nobody waits for a storage that refuses.
struct DrainRequest {
    /// How many runs were cut short.
    struct Drained {
        std::size_t ended_by_force = 0;
        std::size_t lost = 0;
        std::size_t unstored = 0;  ///< ends
    };
    using Reply = Drained;
    Duration patience{};
    Duration kill_after{};
};

/// What was done last about what runs.
enum class DrainStage : std::uint8_t { waiting, asked, killed, given_up_as_lost, over };

/// What a drain has come to; outlives the stage.
struct DrainDesk {
    bool draining = false;
    std::size_t ended_by_force = 0;
    std::size_t lost = 0;
    std::vector<From<DrainRequest::Drained>> waiting;
    DrainStage stage = DrainStage::waiting;
    Duration kill_after{};
    std::optional<BootTime> next_step;
    bool given_up = false;  ///< ends are left that could not be stored
};

/// Producer and consumer: takes jobs, emits their executions when they are due.
///
/// One timer, for the head of the timeline. The timeline is a cache: what must not be lost is in
/// the book, the jobs come from JobBroadcaster.
class ExecutionBroadcaster final : public ProducerConsumer<JobEvent, Execution> {
public:
    struct Links {
        ExecutionBook* book = nullptr;
        DrainDesk* drain = nullptr;
        Executor* executor = nullptr;
        TelemetryHub* hub = nullptr;
        Clock* clock = nullptr;
        RoundOptions rounds;
        bool debug_logging = true;
        StageRef<StorageWriter> writer;  ///< none where no ledger is kept
        StageRef<JobBroadcaster> jobs;
        std::function<void(const std::string& reason)> give_up;
    };

    struct Wake {};
    struct Ring {};
    struct Continue {};
    struct TryAgain {};
    struct RunsEnded {};
    struct DrainStep {};
    /// What was sent may or may not be stored, and is being sent again.
    struct StorageInDoubt {};

    explicit ExecutionBroadcaster(Links links);
    ~ExecutionBroadcaster() override;

    InitResult init(Options& options) override;
    Reaction<Execution> handle_events(std::vector<JobEvent> events,
                                      const Subscription& producer) override;
    Reaction<Execution> handle_subscribe(const Subscription& consumer) override;
    Reaction<Execution> handle_cast(Wake wake);
    Reaction<Execution> handle_cast(Ring ring);
    Reaction<Execution> handle_cast(Continue next);
    Reaction<Execution> handle_cast(TryAgain again);
    Reaction<Execution> handle_cast(RunsEnded ended);
    Reaction<Execution> handle_cast(DrainStep step);
    Reaction<Execution> handle_cast(StorageInDoubt doubt);
    Reaction<Execution> handle_cast(CommitReply reply);
    Reaction<Execution> handle_cast(StorageRestarted restarted);
    Reaction<Execution> handle_call(ViewRequest request, From<ExecutionView> from);
    Reaction<Execution> handle_call(OpenRunsRequest request, From<std::vector<OpenRun>> from);
    Reaction<Execution> handle_call(DrainRequest request, From<DrainRequest::Drained> from);

private:
    [[nodiscard]] std::vector<Execution> pump();
    [[nodiscard]] WallTime look_at_clock();
    [[nodiscard]] WallTime latest_now() const;
    void send_round();
    void start_unstored(const Round& round);
    [[nodiscard]] std::vector<Execution> finish(Round round);
    void put_back_all();
    void tell(const Round& round);
    void ring_alarms();
    void watch_places();
    void end_runs_of_deleted();
    void arm();
    void arm_alarm();
    void disarm();
    void go_on();
    void release_deleted();
    void report_futureless();
    void drain_on();
    void drain_step();
    void end_runs(const std::vector<Ticket>& under_way);
    void try_once_more();
    void give_up_drain();
    void answer_drain();
    [[nodiscard]] std::vector<Ticket> under_way();
    [[nodiscard]] std::size_t unstored_ends() const;
    void refuse_manual_runs(const Error& why);
    [[nodiscard]] bool mid_instant() const;
    [[nodiscard]] bool may_fire() const;

    Links links_;
    ExecutionBook& book_;
    DrainDesk& drain_;
    Timeline timeline_;
    RoundMaker maker_;
    Intake intake_;
    std::vector<std::uint32_t> backlog_;  // to be put back on the timeline
    std::optional<WallTime> unfinished_;  // the instant whose slices are under way
    bool ready_ = false;                  // the whole table has been heard
    bool continuing_ = false;
    std::optional<Clock::TimerId> timer_;
    WallTime timer_due_{};
    std::optional<Clock::TimerId> alarm_timer_;
    BootTime alarm_due_{};
    std::optional<Clock::TimerId> retry_timer_;
    std::optional<Clock::TimerId> drain_timer_;
    bool storage_is_in_doubt_ = false;
    Duration pause_{};
    Clock::ListenerId steps_{};
};

}  // namespace quantum::scheduler
