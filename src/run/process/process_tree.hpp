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

namespace quantum {

/// By what the processes of a run are known: its leader's group and session, whoever was executed
/// with its QUANTUM_EXECUTION_ID and QUANTUM_SCHEDULER in the environment and runs as its user,
/// whoever is in its control group, and the descendants of all of these.
struct ProcessTree {
    pid_t leader = 0;
    std::string execution;  ///< its id
    std::string scheduler;  ///< whose child its leader is; another's run may have that id too
    uid_t user = 0;         ///< as whom it runs; what others name in their environment is theirs
    std::string control_group{};  ///< its directory; empty: none
    /// Those that an earlier search found: they belong to it wherever they went since.
    std::set<ProcessKey> known{};
};

/// One search: the tree to look for, and what to do.
struct Sweep {
    ProcessTree& tree;
    int signal = 0;             ///< 0: none is sent
    std::size_t most = 0;       ///< of the processes found, how many are given to be watched
    bool group_has_it = false;  ///< the leader's group was sent the signal before
    /// Pidfds of those that run; zombies do not count. Empty: none runs. Nothing: it could not be
    /// found out.
    std::optional<std::vector<FileDescriptor>> found{};
};

/// Sends each its signal to every process of its tree that runs, round by round until a round finds
/// none that was not sent it before, and adds those it finds to `known`.
///
/// Reads all of /proc once a round, however many sweeps (`living_processes`): not for the event
/// loop. Leaves this process alone. Thread-safety: may be called from any thread.
void sweep(std::span<Sweep> sweeps);

/// Adds the leader's descendants to `known` without a search, from what the kernel lists of each:
/// at most `most` of them, and only those of their first threads.
void note_descendants(ProcessTree& tree, std::size_t most);

/// Threads that make sweeps, one for each user whose runs are swept, so that nobody's processes
/// delay the sweeps of others. Those that come while one is at work are the next that it makes, all
/// at once.
///
/// Thread-safety: `submit` may be called from any thread; `stop` and the destructor from the owner.
class TreeSweeper {
public:
    using Done = std::function<void(std::optional<std::vector<FileDescriptor>> found)>;

    /// `done` is called on a thread; after `stop`, and where the machine has no thread left, on
    /// the caller's. The tree is left alone and lives until then.
    void submit(Sweep sweep, Done done) QUANTUM_EXCLUDES(mutex_);
    /// Waits for what is at work, which is bounded.
    void stop() { threads_.stop(std::chrono::hours(24)); }

private:
    struct Request {
        Sweep sweep;
        Done done;
    };
    void run(uid_t user) noexcept QUANTUM_EXCLUDES(mutex_);

    Mutex mutex_;  // a leaf
    std::map<uid_t, std::vector<Request>> waiting_ QUANTUM_GUARDED_BY(mutex_);
    SpawnThreads threads_{{.lane = 1, .all = 16}};
};

}  // namespace quantum
