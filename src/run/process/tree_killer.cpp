#include "run/process/tree_killer.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>
#include <poll.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

namespace asio = boost::asio;

// How many processes of a tree are watched at a time; when these are gone, the next.
constexpr std::size_t watched_members = 16;

// How many descendants are noted on the loop, a few microseconds each.
constexpr std::size_t noted_descendants = 32;

// One that was being forked or executed while /proc was read shows in the second.
const int empty_sweeps_at_end = mutated(RunMutant::one_empty_look_is_enough) ? 1 : 2;

/// Whether a pidfd's process has ended. Asio's word for it is a hint: it may be meant for another
/// descriptor that was closed in the same turn.
bool is_readable(int descriptor) {
    pollfd state{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&state, 1, 0) > 0;
}

}  // namespace

void wait_for_end(int pidfd, std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(until - std::chrono::steady_clock::now(), std::chrono::nanoseconds::zero()));
    pollfd state{.fd = pidfd, .events = POLLIN, .revents = 0};
    static_cast<void>(poll(&state, 1, static_cast<int>(left.count())));
}

TreeKiller::TreeKiller(std::shared_ptr<ChildContext> context, ProcessTree tree,
                       std::function<void()> gone)
    : context_(std::move(context)), tree_(std::move(tree)), gone_(std::move(gone)) {}

void TreeKiller::terminate() {
    // Whom it belongs to is noted before the first of them ends and leaves orphans; a search of all
    // processes may take its time, and the signal is not to wait for it.
    if (!sweeping_) note_descendants(tree_, noted_descendants);
    if (!mutated(RunMutant::term_waits_for_search)) {
        // The leader is our own child and not reaped, so that the group is its own.
        ::kill(-tree_.leader, SIGTERM);
        // A stopped process cannot answer.
        if (!mutated(RunMutant::stopped_process_stays)) ::kill(-tree_.leader, SIGCONT);
    }
    sweep_tree(SIGTERM);
}

void TreeKiller::kill() {
    ::kill(-tree_.leader, SIGKILL);
    killing_ = true;
    if (!mutated(RunMutant::tree_left_alone)) sweep_tree(SIGKILL);
}

void TreeKiller::leader_ended() {
    leader_ended_ = true;
    sweep_tree(next_signal());
}

void TreeKiller::stop() {
    stopped_ = true;
    members_.clear();
}

int TreeKiller::next_signal() const { return killing_ ? SIGKILL : 0; }

void TreeKiller::sweep_tree(int signal) {
    if (sweeping_) {
        if (next_sweep_ != SIGKILL) next_sweep_ = signal;
        return;
    }
    sweeping_ = true;
    context_->sweeper.submit(
        Sweep{.tree = tree_,
              .signal = signal,
              .most = watched_members,
              .group_has_it = signal == SIGTERM && !mutated(RunMutant::term_waits_for_search)},
        [self = shared_from_this()](std::optional<std::vector<base::FileDescriptor>> found) {
            asio::post(self->context_->strand, [self, found = std::move(found)]() mutable {
                self->swept(std::move(found));
            });
        });
}

void TreeKiller::swept(std::optional<std::vector<base::FileDescriptor>> found) {
    sweeping_ = false;
    if (stopped_) return;
    if (const auto signal = std::exchange(next_sweep_, std::nullopt)) {
        sweep_tree(*signal);
        return;
    }
    if (!found) {
        // Without /proc there is the group only: till the kill timer, if KILL was not sent yet.
        if (killing_ && leader_ended_) gone_();
        return;
    }
    if (!leader_ended_) return;  // its own end is first
    if (found->empty()) {
        if (++empty_sweeps_ == empty_sweeps_at_end) {
            gone_();
        } else {
            sweep_tree(next_signal());
        }
        return;
    }
    empty_sweeps_ = 0;
    if (!members_.empty()) return;
    for (auto& member : *found) {
        members_.emplace_back(context_->strand, member.release());
        watch(std::prev(members_.end()));
    }
}

void TreeKiller::watch(std::list<RunDescriptor>::iterator member) {
    member->async_wait(RunDescriptor::wait_read,
                       [self = shared_from_this(), member](boost::system::error_code error) {
                           if (error || self->stopped_) return;
                           if (!is_readable(member->native_handle())) {
                               self->watch(member);
                               return;
                           }
                           self->members_.erase(member);
                           if (self->members_.empty()) self->sweep_tree(self->next_signal());
                       });
}

void TreeKiller::kill_at_once() {
    killing_ = true;
    ::kill(-tree_.leader, SIGKILL);
    const auto until = std::chrono::steady_clock::now() + unkillable_after;
    for (int empty = 0; empty < empty_sweeps_at_end && std::chrono::steady_clock::now() < until;) {
        Sweep last{.tree = tree_, .signal = SIGKILL, .most = watched_members};
        sweep({&last, 1});
        if (!last.found) return;
        empty = last.found->empty() ? empty + 1 : 0;
        for (const base::FileDescriptor& member : *last.found) wait_for_end(member.get(), until);
    }
}

}  // namespace quantum::run
