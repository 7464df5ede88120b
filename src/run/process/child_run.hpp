#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/strand.hpp>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

#include "base/mutex.hpp"
#include "base/process.hpp"
#include "model/packed_command.hpp"
#include "run/output/run_output.hpp"
#include "run/process/child_poll.hpp"
#include "run/process/control_group.hpp"
#include "run/process/process_runner.hpp"
#include "run/process/process_tree.hpp"
#include "run/process/spawn.hpp"
#include "run/process/spawn_threads.hpp"
#include "run/process/start_handle.hpp"

namespace quantum {

using RunStrand = boost::asio::strand<boost::asio::io_context::executor_type>;
using RunDescriptor = boost::asio::posix::basic_stream_descriptor<RunStrand>;

/// The users that commands may run as, apart from the program's own user. Thread-safety: may be
/// used from any thread.
class AllowedUsers {
public:
    explicit AllowedUsers(AllowedAccounts accounts) : accounts_(std::move(accounts)) {}

    void set(AllowedAccounts accounts) QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        accounts_ = std::move(accounts);
    }
    [[nodiscard]] AllowedAccounts get() const QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return accounts_;
    }

private:
    mutable Mutex mutex_;  // a leaf
    AllowedAccounts accounts_ QUANTUM_GUARDED_BY(mutex_);
};

/// The standard input of a command without input.
inline constexpr const char* null_device = "/dev/null";

/// Shared by all children of a runner.
struct ChildContext {
    RunStrand strand;
    Clock& clock;
    ProcessRunnerOptions options;
    FileDescriptor null_input;  ///< none if there is no /dev/null
    std::vector<char> buffer;   ///< bytes just read; passed on before the next ones are read
    SpawnThreads& spawners;
    TreeSweeper& sweeper;
    ChildPoll& poll;
    AllowedUsers& allowed;
    /// This process, as named by the children's QUANTUM_SCHEDULER.
    const std::string scheduler = to_text(own_process());
};

/// An execution of a command, from its spawn to the last byte of its output.
///
/// Owned by: the runner during the run, and afterwards as long as others hold its pipes.
/// Threads: every method must be called on the context's strand, except that the child is started
/// on a spawner's thread.
class ChildRun final : public PollHandler, public std::enable_shared_from_this<ChildRun> {
public:
    /// Callbacks to the owner; each is called at most once, in this order.
    struct Owner {
        std::function<void(ChildRun&)> finished;  ///< just before the observer is notified
        std::function<void(ChildRun&)> released;  ///< it no longer holds any descriptor
    };

    ChildRun(std::shared_ptr<ChildContext> context, Execution execution, RunObserver& observer,
             Owner owner);

    /// Starts the child on another thread.
    void begin();

    void stop(StopSignal signal);

    void ready(PollSource source, bool at_end) override;

    /// Whether its child had already started when this was first called.
    [[nodiscard]] bool is_old();
    /// Makes the loop watch for the child's end. Most children are not watched: when both pipes
    /// have ended, they are checked, and have usually ended.
    void watch_exit();
    /// Whether its end might go unnoticed.
    [[nodiscard]] bool is_unwatched() const { return !pidfd_ && !reaped_; }

    [[nodiscard]] bool is_starting() const { return starting_; }
    /// Gives up the start if the child has not executed its program in time. Returns true if it has
    /// just done so.
    bool look_at_start(BootTime now);
    /// Whether its start has been waiting for its turn since `then` or earlier.
    [[nodiscard]] bool waits_since(BootTime then) const;
    /// For such a run: ends it as failed.
    void fail_waiting();
    /// Kills the child if it has not executed its program yet.
    void give_up_start();
    /// The lane in which starts wait for each other: the user.
    [[nodiscard]] const std::string& lane() const { return terms().user; }

    /// Kills the tree, waits for the child's end and finishes. For the end of the runner, when the
    /// spawners have stopped.
    void abandon();

    /// Closes pipes held by others. Only for a finished run.
    void release();

    [[nodiscard]] const Execution& execution() const { return execution_; }

private:
    enum class Ending : std::uint8_t { by_itself, by_timeout, by_request };

    /// Until `begun`, the run belongs to the spawner, which notifies the strand only if that is
    /// waiting.
    enum class Phase : std::uint8_t { waiting, forgotten, starting, wanted, begun };

    struct Channel {
        OutputChannel name;
        FileDescriptor pipe;
    };

    [[nodiscard]] static std::string seconds_text(Duration duration);
    [[nodiscard]] CommandView command() const;
    /// The command's terms: everything except its words, its input and its output file.
    [[nodiscard]] const Command& terms() const { return command().common(); }
    void start_child();
    [[nodiscard]] Result<SpawnedChild> spawn_child();
    void take_child(SpawnedChild child);
    [[nodiscard]] bool take_over();
    void spawn_ended();
    /// Its start was given up and its thread does not return.
    void settle_without_child();
    void finish_given_up();
    void finish_unbegun(OutcomeKind kind, std::string reason);
    void read_output(Channel& channel, bool at_end);
    void read_what_is_there(Channel& channel);
    void deliver(const Channel& channel, std::string_view bytes);
    void end_channel(Channel& channel);
    void child_exited();
    void name_tree();
    void sweep_tree(int signal);
    /// Kills on this thread until nothing of it is running. For use after the sweeper has stopped.
    void kill_tree();
    void swept(std::optional<std::vector<FileDescriptor>> found);
    void wait_for_member(std::list<RunDescriptor>::iterator member);
    [[nodiscard]] bool has_exited() const;
    /// Returns false if, with WNOHANG, it has not ended.
    bool reap(int options = 0);
    void classify_exit(int code, int status);
    void tell_to_end(Ending ending);
    void signal_group(int signal);
    void kill_group();
    void finish();
    void finish_if_complete();
    [[nodiscard]] bool pipes_open() const;
    void close_watched(FileDescriptor& descriptor);
    void let_go();

    std::optional<Clock::TimerId> call_after(Duration delay, void (ChildRun::*method)());
    void cancel(std::optional<Clock::TimerId>& timer);
    void timeout_passed();
    void kill_after_passed();
    void linger_passed();

    std::shared_ptr<ChildContext> context_;
    Execution execution_;
    RunObserver& observer_;
    Owner owner_;

    /// Set by whoever is first to decide the result of the start: the spawner with a child or an
    /// error, or the strand that gave it up. The other then leaves everything alone.
    std::atomic<bool> settled_{false};
    StartHandle start_;
    std::atomic<bool> abandoned_{false};  ///< the runner ends

    // Written by the spawner until `phase_` shows that it is done.
    std::atomic<Phase> phase_{Phase::waiting};
    std::optional<Error> failure_;  ///< why there is no child
    pid_t pid_ = 0;
    std::optional<ChildPoll::Key> poll_key_;
    std::array<Channel, 2> channels_{{{OutputChannel::standard_output, FileDescriptor()},
                                      {OutputChannel::standard_error, FileDescriptor()}}};
    std::optional<RunOutput> output_;
    BootTime started_at_{};
    std::vector<std::string> masked_;
    uid_t user_ = 0;  ///< the user of the child
    std::optional<ControlGroup> control_group_;
    std::optional<ReapReservation> reap_reservation_;
    std::optional<Clock::TimerId> timeout_timer_;

    bool starting_ = false;
    BootTime start_asked_at_{};
    BootTime start_began_at_{};  ///< when it was first seen in progress
    BootTime start_given_up_at_{};
    bool asked_ = false;    ///< whether it is old
    FileDescriptor pidfd_;  ///< set once its end is watched
    bool timed_out_on_start_ = false;
    std::optional<StopSignal> stop_on_start_;
    Outcome outcome_;
    Ending ending_ = Ending::by_itself;
    bool killed_ = false;
    /// The child has ended but is not reaped yet: its process ID, and that of its group, stays
    /// reserved as long as the group may still be sent a signal.
    bool zombie_kept_ = false;
    std::list<RunDescriptor> members_;  ///< members of the tree, watched until they end
    ProcessTree tree_;                  ///< owned by the sweeper while `sweeping_`
    bool sweeping_ = false;
    std::optional<int> next_sweep_;  ///< its signal
    int empty_sweeps_ = 0;           ///< consecutive
    bool reaped_ = false;
    bool finished_ = false;

    std::optional<Clock::TimerId> kill_timer_;
    std::optional<Clock::TimerId> linger_timer_;
};

}  // namespace quantum
