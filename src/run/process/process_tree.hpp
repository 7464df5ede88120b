#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file_descriptor.hpp"
#include "base/mutex.hpp"
#include "base/process.hpp"
#include "run/process/spawn_threads.hpp"

namespace quantum::run {

/// Identifies the processes of a run: its leader's group and session, processes that were executed
/// with its QUANTUM_EXECUTION_ID and QUANTUM_SCHEDULER in the environment and run as its user,
/// those in its control group, and the descendants of all of these.
struct ProcessTree {
    pid_t leader = 0;
    std::string execution;        ///< its ID
    std::string scheduler;        ///< its leader's parent; another's run may have the same ID
    uid_t user = 0;               ///< its user; processes of other users are not considered
    std::string control_group{};  ///< its directory; empty: none
    /// Processes found by an earlier search: they belong to it wherever they have gone since.
    std::set<base::ProcessKey> known{};
};

/// A search: the tree to look for, and what to do.
struct Sweep {
    ProcessTree& tree;
    int signal = 0;             ///< 0: none is sent
    std::size_t most = 0;       ///< how many of the processes found are returned to be watched
    bool group_has_it = false;  ///< the leader's group has already been sent the signal
    /// Pidfds of running processes; zombies do not count. Empty: none is running. None: it could
    /// not be determined.
    std::optional<std::vector<base::FileDescriptor>> found{};
};

/// For each sweep, sends its signal to every running process of its tree, round by round until a
/// round finds no process that has not been sent it before, and adds the processes found to
/// `known`.
///
/// Reads all of /proc once per round, however many sweeps there are (`living_processes`): not for
/// the event loop. Leaves this process alone. Thread-safety: may be called from any thread.
void sweep(std::span<Sweep> sweeps);

/// Adds the leader's descendants to `known` without a search, from what the kernel lists for each:
/// at most `most` of them, and only those of their main threads.
void note_descendants(ProcessTree& tree, std::size_t most);

/// Threads that perform sweeps, one for each user whose runs are swept, so that nobody's processes
/// delay the sweeps of others. Sweeps that arrive while one is in progress are performed next, all
/// together.
///
/// Thread-safety: `submit` may be called from any thread; `stop` and the destructor from the owner.
class TreeSweeper {
public:
    using Done = std::function<void(std::optional<std::vector<base::FileDescriptor>> found)>;

    /// `done` is called on one of the threads; after `stop`, and if no thread is available, on the
    /// caller's. Until then the tree must stay alive and is not accessed by others.
    void submit(Sweep sweep, Done done) QUANTUM_EXCLUDES(mutex_);
    /// Waits for sweeps in progress, which are bounded.
    void stop() { threads_.stop(std::chrono::hours(24)); }

private:
    struct Request {
        Sweep sweep;
        Done done;
    };
    void run(uid_t user) noexcept QUANTUM_EXCLUDES(mutex_);

    base::Mutex mutex_;  // a leaf
    std::map<uid_t, std::vector<Request>> waiting_ QUANTUM_GUARDED_BY(mutex_);
    SpawnThreads threads_{{.lane = 1, .all = 16}};
};

}  // namespace quantum::run
