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

/// As whom commands may run besides the program's own user. Thread-safety: any thread.
class AllowedUsers {
public:
    explicit AllowedUsers(std::vector<std::string> users) : users_(std::move(users)) {}

    void set(std::vector<std::string> users) QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        users_ = std::move(users);
    }
    [[nodiscard]] std::vector<std::string> get() const QUANTUM_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return users_;
    }

private:
    mutable Mutex mutex_;  // a leaf
    std::vector<std::string> users_ QUANTUM_GUARDED_BY(mutex_);
};

/// What a command reads that is given no input.
inline constexpr const char* null_device = "/dev/null";

/// What all children of one runner share.
struct ChildContext {
    RunStrand strand;
    Clock& clock;
    ProcessRunnerOptions options;
    FileDescriptor null_input;  ///< none where there was no /dev/null
    std::vector<char> buffer;   ///< bytes just read; handed on before the next are
    SpawnThreads& spawners;
    TreeSweeper& sweeper;
    ChildPoll& poll;
    AllowedUsers& allowed;
    /// This process, as the children's QUANTUM_SCHEDULER names it.
    const std::string scheduler = to_text(own_process());
};

/// One execution of a command, from its spawn to the last byte of its output.
///
/// Owned by: the runner while it runs, and on while its pipes are in other hands.
/// Threads: every method on the context's strand, but that the child is started on a spawner's.
class ChildRun final : public PollHandler, public std::enable_shared_from_this<ChildRun> {
public:
    /// What the owner is told; each at most once, in this order.
    struct Owner {
        std::function<void(ChildRun&)> finished;  ///< just before the observer is told
        std::function<void(ChildRun&)> released;  ///< it holds no descriptor any more
    };

    ChildRun(std::shared_ptr<ChildContext> context, Execution execution, RunObserver& observer,
             Owner owner);

    /// Has the child started on another thread.
    void begin();

    void stop(StopSignal signal);

    void ready(PollSource source, bool at_end) override;

    /// Whether its child had begun when that was asked for the first time.
    [[nodiscard]] bool is_old();
    /// Has the loop told of the child's end. Most children are not watched for it: when both their
    /// pipes end they are looked at, and mostly have ended.
    void watch_exit();
    /// Whether its end may come unseen.
    [[nodiscard]] bool is_unwatched() const { return !pidfd_ && !reaped_; }

    [[nodiscard]] bool is_starting() const { return starting_; }
    /// Gives the start up if the child has not executed its program in time. True if just now.
    bool look_at_start(BootTime now);
    /// Whether its start has been waiting for its turn since then, or longer.
    [[nodiscard]] bool waits_since(BootTime then) const;
    /// For such a one: ends it as failed.
    void fail_waiting();
    /// Kills the child if it has not executed its program yet.
    void give_up_start();
    /// Whose starts wait for one another: the user's.
    [[nodiscard]] const std::string& lane() const { return terms().user; }

    /// Kills the tree, waits for the child's end and finishes. For the end of the runner, when the
    /// spawners have stopped.
    void abandon();

    /// Closes pipes that are in other hands. For a finished run only.
    void release();

    [[nodiscard]] const Execution& execution() const { return execution_; }

private:
    enum class Ending : std::uint8_t { by_itself, by_timeout, by_request };

    /// Until `begun` the run is the spawner's; it tells the strand only where that wants to know.
    enum class Phase : std::uint8_t { waiting, forgotten, starting, wanted, begun };

    struct Channel {
        OutputChannel name;
        FileDescriptor pipe;
    };

    [[nodiscard]] static std::string seconds_text(Duration duration);
    [[nodiscard]] CommandView command() const;
    /// What it says besides its words, its input and its output file.
    [[nodiscard]] const Command& terms() const { return command().common(); }
    void start_child();
    [[nodiscard]] Result<SpawnedChild> spawn_child();
    void take_child(SpawnedChild child);
    [[nodiscard]] bool take_over();
    void spawn_ended();
    /// Its start was given up and its thread does not come back.
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
    /// On this thread, and until nothing of it runs. For when the sweeper has stopped.
    void kill_tree();
    void swept(std::optional<std::vector<FileDescriptor>> found);
    void wait_for_member(std::list<RunDescriptor>::iterator member);
    [[nodiscard]] bool has_exited() const;
    /// False: with WNOHANG, it has not ended.
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

    /// Whoever is first to say what becomes of the start: the spawner with a child or an error, or
    /// the strand that gave it up. The other leaves everything alone.
    std::atomic<bool> settled_{false};
    StartHandle start_;
    std::atomic<bool> abandoned_{false};  ///< the runner ends

    // Written by the spawner until `phase_` says that it is done.
    std::atomic<Phase> phase_{Phase::waiting};
    std::optional<Error> failure_;  ///< why there is no child
    pid_t pid_ = 0;
    std::optional<ChildPoll::Key> poll_key_;
    std::array<Channel, 2> channels_{{{OutputChannel::standard_output, FileDescriptor()},
                                      {OutputChannel::standard_error, FileDescriptor()}}};
    std::optional<RunOutput> output_;
    BootTime started_at_{};
    std::vector<std::string> masked_;
    uid_t user_ = 0;  ///< as whom the child runs
    std::optional<ControlGroup> control_group_;
    std::optional<ReapReservation> reap_reservation_;
    std::optional<Clock::TimerId> timeout_timer_;

    bool starting_ = false;
    BootTime start_asked_at_{};
    BootTime start_began_at_{};  ///< when it was first seen to be on its way
    BootTime start_given_up_at_{};
    bool asked_ = false;    ///< whether it is old
    FileDescriptor pidfd_;  ///< once its end is watched for
    bool timed_out_on_start_ = false;
    std::optional<StopSignal> stop_on_start_;
    Outcome outcome_;
    Ending ending_ = Ending::by_itself;
    bool killed_ = false;
    /// The child has ended but is left unreaped: its number, and so its group's, stays taken while
    /// the group may still get a signal.
    bool zombie_kept_ = false;
    std::list<RunDescriptor> members_;  ///< of the tree, watched until they end
    ProcessTree tree_;                  ///< the sweeper's while `sweeping_`
    bool sweeping_ = false;
    std::optional<int> next_sweep_;  ///< its signal
    int empty_sweeps_ = 0;           ///< one after the other
    bool reaped_ = false;
    bool finished_ = false;

    std::optional<Clock::TimerId> kill_timer_;
    std::optional<Clock::TimerId> linger_timer_;
};

}  // namespace quantum
