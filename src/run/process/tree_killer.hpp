#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "base/file_descriptor.hpp"
#include "run/process/child_context.hpp"
#include "run/process/process_tree.hpp"

namespace quantum::run {

/// Ends the process tree of one run: its leader's group at once, and whoever else belongs to it as
/// searches find them.
///
///     terminate()     TERM to the group, then to what a search finds
///     kill()          the same with KILL, and from then on every search sends KILL
///     leader_ended()  from then on it searches until two searches in a row have found nothing that
///                     runs; then `gone` is called. Meanwhile the leader must not be reaped: its
///                     number, and so its group's, would be free for another.
///     stop()          the leader is reaped, or given up; nothing is sent or called any more
///
/// Owned by: ChildRun, which makes it where a run has to be ended; and by a search under way.
/// Threads: every method on the context's strand; the searches are made on the sweeper's threads.
class TreeKiller : public std::enable_shared_from_this<TreeKiller> {
public:
    /// `gone` is called on the strand.
    TreeKiller(std::shared_ptr<ChildContext> context, ProcessTree tree, std::function<void()> gone);

    void terminate();
    void kill();
    void leader_ended();
    void stop();

    [[nodiscard]] bool is_killing() const { return killing_; }

    /// Kills the leader's group and searches on this thread until nothing of the tree runs. For
    /// when the sweeper has stopped.
    void kill_at_once();

private:
    void sweep_tree(int signal);
    void swept(std::optional<std::vector<base::FileDescriptor>> found);
    void watch(std::list<RunDescriptor>::iterator member);
    [[nodiscard]] int next_signal() const;

    const std::shared_ptr<ChildContext> context_;
    ProcessTree tree_;  ///< the sweeper's while `sweeping_`
    const std::function<void()> gone_;
    std::list<RunDescriptor> members_;  ///< of the tree, watched until they end
    std::optional<int> next_sweep_;     ///< its signal; asked for while one was under way
    int empty_sweeps_ = 0;              ///< one after the other
    bool sweeping_ = false;
    bool killing_ = false;
    bool leader_ended_ = false;
    bool stopped_ = false;
};

/// What KILL does not end within this is stuck in the kernel.
inline constexpr auto unkillable_after = std::chrono::seconds(5);

/// Waits for the end of a pidfd's process, up to then.
void wait_for_end(int pidfd, std::chrono::steady_clock::time_point until);

}  // namespace quantum::run
