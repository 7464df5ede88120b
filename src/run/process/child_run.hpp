#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

#include "base/file_descriptor.hpp"
#include "model/packed_command.hpp"
#include "run/output/run_output.hpp"
#include "run/process/child_context.hpp"
#include "run/process/child_exit.hpp"
#include "run/process/child_pipes.hpp"
#include "run/process/child_poll.hpp"
#include "run/process/child_start.hpp"
#include "run/process/command_start.hpp"
#include "run/process/control_group.hpp"
#include "run/process/reap_reservation.hpp"
#include "run/process/strand_timer.hpp"
#include "run/process/tree_killer.hpp"

namespace quantum::run {

/// An execution of a command, from its spawn to the last byte of its output, as a state machine.
///
///     starting --> running -----------------> draining --> finished
///         |           |                          ^             ^
///         |           +------> tree_ending ------+             |
///         +----------------------------------------------------+
///
///     starting to running      the start has ended and the strand knows of it
///     starting to finished     it did not start, or was told to end before that
///     running to draining      the child ended by itself and is reaped; or it cannot be ended,
///                              and is lost
///     running to tree_ending   the child ended after it was told to. Others of its tree may still
///                              be running, and it is not reaped yet: its process ID, and that of
///                              its group, stays reserved as long as the group may be sent a signal
///     tree_ending to draining  nothing of the tree is running, or what is cannot be ended
///     draining to finished     its pipes have ended, or others have held them open for too long
///
/// TreeKiller ends the tree; ChildStart says which thread has a run that is starting.
///
/// Owned by: the runner during the run, and afterwards as long as others hold its pipes.
/// Threads: every method must be called on the context's strand, except that the child is started
/// on a spawner's thread.
class ChildRun final : public PollHandler,
                       private ChildPipes::Reader,
                       public std::enable_shared_from_this<ChildRun> {
public:
    /// Callbacks to the owner; each is called at most once, in this order.
    struct Owner {
        std::function<void(ChildRun&)> finished;  ///< just before the observer is notified
        std::function<void(ChildRun&)> released;  ///< it no longer holds any descriptor
    };

    ChildRun(std::shared_ptr<ChildContext> context, Execution execution, RunObserver& observer,
             Owner owner);

    /// Starts the child on another thread. Called once, before all others.
    void begin();

    void stop(StopSignal signal);

    void ready(PollSource source, bool at_end) override;

    /// Whether its child had already started when this was first called.
    [[nodiscard]] bool is_old();
    /// Makes the loop watch for the child's end. Most children are not watched: when both pipes
    /// have ended, they are checked, and have usually ended.
    void watch_exit();
    /// Whether its end might go unnoticed.
    [[nodiscard]] bool is_unwatched() const { return !pidfd_ && !has_ended(); }

    [[nodiscard]] bool is_starting() const { return state_ == State::starting; }
    /// Gives up the start if the child has not executed its program in time. Returns true if it has
    /// just done so.
    bool look_at_start(BootTime now);
    /// Whether its start has been waiting for its turn since `then` or earlier.
    [[nodiscard]] bool waits_since(BootTime then) const;
    /// For such a run: ends it as failed.
    void fail_waiting();
    /// Kills the child if it has not executed its program yet.
    void give_up_start() { start_.give_up(context_->clock.boot_now()); }
    /// The lane in which starts wait for each other: the user.
    [[nodiscard]] const std::string& lane() const { return terms().user; }

    /// Kills the tree, waits for the child's end and finishes. For the end of the runner, when the
    /// spawners have stopped.
    void abandon();

    /// Closes pipes held by others. Only for a finished run.
    void release();

    [[nodiscard]] const Execution& execution() const { return execution_; }

private:
    enum class State : std::uint8_t { starting, running, tree_ending, draining, finished };

    void enter(State next);
    /// Reaped, given up, or never begun.
    [[nodiscard]] bool has_ended() const { return state_ >= State::draining; }
    [[nodiscard]] bool is_finished() const { return state_ == State::finished; }

    [[nodiscard]] model::CommandView command() const;
    /// The command's terms: everything except its words, its input and its output file.
    [[nodiscard]] const Command& terms() const { return command().common(); }

    void start_child();
    void take_child(StartedCommand started);
    [[nodiscard]] bool take_over();
    void start_ended();
    /// Its start was given up and its thread does not return.
    void settle_without_child();
    void finish_given_up();
    void finish_unbegun(OutcomeKind kind, std::string reason);

    void pipe_has(OutputChannel channel, std::string_view bytes) override;
    void pipe_ended(OutputChannel channel) override;

    void child_exited();
    /// Returns false if, with WNOHANG, it has not ended.
    bool reap(int options = 0);
    [[nodiscard]] TreeKiller& killer();
    void tell_to_end(Ending ending);
    void kill_tree();
    void finish();
    void finish_if_complete();
    void close_pidfd();
    void let_go();

    void set(StrandTimer& timer, Duration delay, void (ChildRun::*passed)());
    void timeout_passed();
    void kill_after_passed();
    void linger_passed();

    std::shared_ptr<ChildContext> context_;
    Execution execution_;
    RunObserver& observer_;
    Owner owner_;

    ChildStart start_;
    std::atomic<bool> abandoned_{false};  ///< the runner ends

    // Written by the spawner until `start_` has ended.
    std::optional<Error> failure_;  ///< why there is no child
    pid_t pid_ = 0;
    uid_t user_ = 0;  ///< the user of the child
    std::optional<ChildPoll::Key> poll_key_;
    ChildPipes pipes_;
    std::optional<RunOutput> output_;
    BootTime started_at_{};
    std::optional<ControlGroup> control_group_;
    std::optional<ReapReservation> reap_reservation_;
    StrandTimer timeout_timer_;
    Outcome outcome_;

    State state_ = State::starting;
    bool timed_out_on_start_ = false;
    std::optional<StopSignal> stop_on_start_;

    bool asked_ = false;          ///< whether it is old
    base::FileDescriptor pidfd_;  ///< set once its end is watched
    Ending ending_ = Ending::by_itself;
    std::shared_ptr<TreeKiller> killer_;  ///< set once it is to be ended
    StrandTimer kill_timer_;
    StrandTimer linger_timer_;
};

}  // namespace quantum::run
