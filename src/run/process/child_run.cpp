#include "run/process/child_run.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "quantum/job.hpp"

#include "run/mutant.hpp"
#include "run/process/command_environment.hpp"
#include "run/process/command_secrets.hpp"
#include "run/process/identity.hpp"
#include "run/process/process_tree.hpp"

namespace quantum {
namespace {

namespace asio = boost::asio;

// What KILL does not end within this is stuck in the kernel.
constexpr auto unkillable_after = std::chrono::seconds(5);

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

/// Waits for it, up to then.
void wait_for_end(int pidfd, std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(until - std::chrono::steady_clock::now(), std::chrono::nanoseconds::zero()));
    pollfd state{.fd = pidfd, .events = POLLIN, .revents = 0};
    static_cast<void>(poll(&state, 1, static_cast<int>(left.count())));
}

std::string signal_text(int signal) {
    const char* name = sigabbrev_np(signal);
    return "signal " + std::to_string(signal) +
           (name != nullptr ? " (SIG" + std::string(name) + ")" : "");
}

Duration duration_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

ChildRun::ChildRun(std::shared_ptr<ChildContext> context, Execution execution,
                   RunObserver& observer, Owner owner)
    : context_(std::move(context)),
      execution_(std::move(execution)),
      observer_(observer),
      owner_(std::move(owner)) {}

std::string ChildRun::seconds_text(Duration duration) {
    std::string text = std::to_string(duration.count() / 1'000'000);
    if (const auto micros = duration.count() % 1'000'000; micros != 0) {
        std::string fraction = std::to_string(micros);
        fraction.insert(0, 6 - fraction.size(), '0');
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += '.' + fraction;
    }
    return text + "s";
}

CommandView ChildRun::command() const { return *CommandView::of(execution_.job->task()); }

void ChildRun::spawn_ended() {
    if (!starting_) return;
    starting_ = false;
    if (failure_ && start_.is_given_up()) {
        finish_given_up();
        return;
    }
    if (failure_) {
        cancel(timeout_timer_);
        outcome_.kind = OutcomeKind::failed;
        outcome_.reason = std::move(failure_->message);
        reaped_ = true;
        finish();
        return;
    }
    if (timed_out_on_start_) timeout_passed();
    if (stop_on_start_) stop(*stop_on_start_);
}

bool ChildRun::take_over() {
    if (!starting_) return true;
    Phase phase = Phase::starting;
    if (phase_.compare_exchange_strong(phase, Phase::wanted) || phase != Phase::begun) return false;
    spawn_ended();
    return true;
}

void ChildRun::ready(PollSource source, bool at_end) {
    if (!take_over()) return;
    if (source == PollSource::exit) {
        if (!reaped_ && !zombie_kept_) child_exited();
        return;
    }
    auto& channel = channels_[static_cast<std::size_t>(source)];
    if (channel.pipe) read_output(channel, at_end);
}

void ChildRun::read_output(Channel& channel, bool at_end) {
    auto& buffer = context_->buffer;
    const ssize_t got = read(channel.pipe.get(), buffer.data(), buffer.size());
    if (got > 0) {
        const auto bytes = static_cast<std::size_t>(got);
        deliver(channel, {buffer.data(), bytes});
        // What is short of a full buffer was all there is.
        if (at_end && bytes < buffer.size()) end_channel(channel);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        end_channel(channel);
    }
}

void ChildRun::read_what_is_there(Channel& channel) {
    // Not until it runs dry: another process may be filling it without end.
    int left = 0;
    if (ioctl(channel.pipe.get(), FIONREAD, &left) < 0) return;
    auto& buffer = context_->buffer;
    while (left > 0) {
        const auto want = std::min(buffer.size(), static_cast<std::size_t>(left));
        const ssize_t got = read(channel.pipe.get(), buffer.data(), want);
        if (got <= 0) return;
        left -= static_cast<int>(got);
        deliver(channel, {buffer.data(), static_cast<std::size_t>(got)});
    }
    // At the end of a pipe nothing is left to be read, and reading says so.
    const ssize_t got = read(channel.pipe.get(), buffer.data(), buffer.size());
    if (got > 0) deliver(channel, {buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0) end_channel(channel);
}

void ChildRun::deliver(const Channel& channel, std::string_view bytes) {
    if (!finished_) output_->write(channel.name, bytes, context_->clock.boot_now());
}

void ChildRun::end_channel(Channel& channel) {
    close_watched(channel.pipe);
    if (finished_) {
        if (!pipes_open()) let_go();
        return;
    }
    output_->end(channel.name);
    const bool is_looked_for = ending_ != Ending::by_itself || pidfd_;
    if (!reaped_ && !pipes_open() && (is_looked_for || !reap(WNOHANG))) watch_exit();
    finish_if_complete();
}

void ChildRun::child_exited() {
    if (ending_ == Ending::by_itself) {
        reap();
        return;
    }
    context_->poll.forget(pidfd_.get());
    // The others of the tree have as long to end as their leader had: the kill timer goes on.
    zombie_kept_ = true;
    sweep_tree(killed_ ? SIGKILL : 0);
}

void ChildRun::name_tree() {
    tree_.leader = pid_;
    tree_.user = user_;
    if (tree_.execution.empty()) tree_.execution = execution_.id.text();
    if (tree_.scheduler.empty()) tree_.scheduler = context_->scheduler;
    if (control_group_) tree_.control_group = control_group_->path();
}

void ChildRun::sweep_tree(int signal) {
    if (sweeping_) {
        if (next_sweep_ != SIGKILL) next_sweep_ = signal;
        return;
    }
    sweeping_ = true;
    name_tree();
    context_->sweeper.submit(
        Sweep{.tree = tree_,
              .signal = signal,
              .most = watched_members,
              .group_has_it = signal == SIGTERM && !mutated(RunMutant::term_waits_for_search)},
        [self = shared_from_this()](std::optional<std::vector<FileDescriptor>> found) {
            asio::post(self->context_->strand, [self, found = std::move(found)]() mutable {
                self->swept(std::move(found));
            });
        });
}

void ChildRun::swept(std::optional<std::vector<FileDescriptor>> found) {
    sweeping_ = false;
    if (reaped_) return;
    if (const auto signal = std::exchange(next_sweep_, std::nullopt)) {
        sweep_tree(*signal);
        return;
    }
    if (!found) {
        // Without /proc there is the group only.
        if (killed_ && zombie_kept_) reap();
        return;  // till the kill timer
    }
    if (!zombie_kept_) return;  // its own end is first
    if (found->empty()) {
        if (++empty_sweeps_ == empty_sweeps_at_end) {
            reap();
        } else {
            sweep_tree(killed_ ? SIGKILL : 0);
        }
        return;
    }
    empty_sweeps_ = 0;
    if (!members_.empty()) return;
    for (auto& member : *found) {
        members_.emplace_back(context_->strand, member.release());
        wait_for_member(std::prev(members_.end()));
    }
}

void ChildRun::wait_for_member(std::list<RunDescriptor>::iterator member) {
    member->async_wait(RunDescriptor::wait_read,
                       [self = shared_from_this(), member](boost::system::error_code error) {
                           if (error || self->reaped_) return;
                           if (!is_readable(member->native_handle())) {
                               self->wait_for_member(member);
                               return;
                           }
                           self->members_.erase(member);
                           if (self->members_.empty()) {
                               self->sweep_tree(self->killed_ ? SIGKILL : 0);
                           }
                       });
}

bool ChildRun::has_exited() const {
    siginfo_t ended{};
    const int asked = waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
    return asked != 0 || ended.si_pid != 0;
}

bool ChildRun::is_old() { return phase_.load() == Phase::begun && std::exchange(asked_, true); }

void ChildRun::watch_exit() {
    if (!take_over() || !is_unwatched()) return;
    // It is not reaped, so that the number is its own.
    pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_ && errno == ESRCH) {
        reap();
    } else if (pidfd_ && !context_->poll.watch(*poll_key_, PollSource::exit, pidfd_.get())) {
        pidfd_.reset();  // it is tried again
    }
}

bool ChildRun::reap(int options) {
    siginfo_t ended{};
    rusage used{};
    long result = 0;
    do {
        // glibc's waitid leaves out the last argument.
        result = syscall(SYS_waitid, P_PID, pid_, &ended, WEXITED | options, &used);
    } while (result < 0 && errno == EINTR);
    if (result == 0 && ended.si_pid == 0) return false;
    classify_exit(result == 0 ? ended.si_code : 0, ended.si_status);
    outcome_.peak_memory = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
    outcome_.cpu = duration_of(used.ru_utime) + duration_of(used.ru_stime);
    if (control_group_) {
        outcome_.peak_memory = control_group_->peak_memory().value_or(outcome_.peak_memory);
        outcome_.cpu = control_group_->cpu().value_or(outcome_.cpu);
        control_group_.reset();
    }
    reap_reservation_.reset();
    outcome_.duration = context_->clock.boot_now() - started_at_;
    zombie_kept_ = false;
    reaped_ = true;
    close_watched(pidfd_);
    members_.clear();
    cancel(timeout_timer_);
    cancel(kill_timer_);
    for (auto& channel : channels_) {
        if (channel.pipe && !mutated(RunMutant::last_words_lost)) read_what_is_there(channel);
    }
    finish_if_complete();
    if (!finished_ && !mutated(RunMutant::lingers_for_ever)) {
        linger_timer_ = call_after(context_->options.output_linger, &ChildRun::linger_passed);
    }
    return true;
}

void ChildRun::classify_exit(int code, int status) {
    std::string how;
    if (code == CLD_EXITED) {
        outcome_.exit_code = status;
        const auto& good = terms().success_codes;
        const bool success = mutated(RunMutant::other_codes_fail)
                                 ? status == 0
                                 : std::find(good.begin(), good.end(), status) != good.end();
        if (mutated(RunMutant::success_after_term) && success) ending_ = Ending::by_itself;
        if (!success || ending_ != Ending::by_itself) {
            how = "exit code " + std::to_string(status);
        }
    } else if (code == CLD_KILLED || code == CLD_DUMPED) {
        outcome_.signal = status;
        how = signal_text(status) + (code == CLD_DUMPED ? ", core dumped" : "");
    } else {
        outcome_.kind = OutcomeKind::lost;
        outcome_.reason = "its exit status was taken by another part of this program";
        return;
    }
    switch (ending_) {
        case Ending::by_itself:
            outcome_.kind = how.empty() ? OutcomeKind::succeeded : OutcomeKind::failed;
            outcome_.reason = how;
            return;
        case Ending::by_timeout:
            outcome_.kind = OutcomeKind::timed_out;
            outcome_.reason = "timeout of " + seconds_text(terms().timeout.value_or(Duration{}));
            break;
        case Ending::by_request:
            outcome_.kind = OutcomeKind::killed;
            outcome_.reason = "told to end";
            break;
    }
    outcome_.reason += ": " + how;
}

void ChildRun::tell_to_end(Ending ending) {
    if (ending_ == Ending::by_itself) ending_ = ending;
    // Whom it belongs to is noted before the first of them ends and leaves orphans; a search of all
    // processes may take its time, and the signal is not to wait for it.
    if (!sweeping_) {
        name_tree();
        note_descendants(tree_, noted_descendants);
    }
    if (!mutated(RunMutant::term_waits_for_search)) signal_group(SIGTERM);
    sweep_tree(SIGTERM);
    if (mutated(RunMutant::kill_after_begins_anew)) cancel(kill_timer_);
    if (!kill_timer_ && !killed_)
        kill_timer_ =
            call_after(mutated(RunMutant::kill_after_is_fixed) ? Duration(std::chrono::seconds(2))
                                                               : terms().kill_after,
                       &ChildRun::kill_after_passed);
}

// The leader is our own child and not reaped, so that the group is its own.
void ChildRun::signal_group(int signal) {
    kill(-pid_, signal);
    // A stopped process cannot answer.
    if (!mutated(RunMutant::stopped_process_stays)) kill(-pid_, SIGCONT);
}

void ChildRun::kill_group() {
    kill(-pid_, SIGKILL);
    cancel(kill_timer_);
    killed_ = true;
    kill_timer_ = call_after(unkillable_after, &ChildRun::kill_after_passed);
    if (!mutated(RunMutant::tree_left_alone)) sweep_tree(SIGKILL);
}

void ChildRun::stop(StopSignal signal) {
    if (finished_) return;
    Phase waiting = Phase::waiting;
    if (!mutated(RunMutant::stop_before_begin_starts) && starting_ &&
        phase_.compare_exchange_strong(waiting, Phase::forgotten)) {
        finish_unbegun(OutcomeKind::killed, "told to end before it began");
        return;
    }
    if (!take_over()) {
        if (stop_on_start_ != StopSignal::kill) stop_on_start_ = signal;
        if (!mutated(RunMutant::stop_waits_for_start)) give_up_start();
        return;
    }
    if (finished_) return;
    if (reaped_) {
        finish();
        return;
    }
    // One that has ended by itself has nothing to be told; its exit is on the way here.
    watch_exit();
    if (reaped_ || (!zombie_kept_ && has_exited())) return;
    if (signal == StopSignal::terminate) {
        tell_to_end(Ending::by_request);
    } else {
        if (ending_ == Ending::by_itself) ending_ = Ending::by_request;
        kill_group();
    }
}

void ChildRun::timeout_passed() {
    if (!take_over()) {
        timed_out_on_start_ = !mutated(RunMutant::timeout_lost_on_start);
        return;
    }
    timeout_timer_.reset();
    watch_exit();
    if (reaped_ || zombie_kept_ || (has_exited() && !mutated(RunMutant::ended_counts_as_timed_out)))
        return;
    tell_to_end(mutated(RunMutant::timed_out_is_killed) ? Ending::by_request : Ending::by_timeout);
}

void ChildRun::kill_after_passed() {
    kill_timer_.reset();
    if (reaped_) return;
    if (!killed_) {
        kill_group();
    } else if (zombie_kept_) {
        reap();  // what is left of its tree cannot be ended
    }
}

void ChildRun::finish_unbegun(OutcomeKind kind, std::string reason) {
    starting_ = false;
    reaped_ = true;
    outcome_.kind = kind;
    outcome_.reason = std::move(reason);
    finish();
}

void ChildRun::linger_passed() {
    linger_timer_.reset();
    if (!finished_) finish();
}

void ChildRun::finish_if_complete() {
    if (!finished_ && reaped_ && !pipes_open()) finish();
}

void ChildRun::finish() {
    cancel(linger_timer_);
    finished_ = true;
    const auto self = shared_from_this();
    auto output = output_ ? output_->finish() : nullptr;
    owner_.finished(*this);
    observer_.finished_with_output(execution_, std::move(outcome_), std::move(output));
    if (!pipes_open()) let_go();
}

bool ChildRun::pipes_open() const { return channels_[0].pipe || channels_[1].pipe; }

void ChildRun::close_watched(FileDescriptor& descriptor) {
    if (!descriptor) return;
    context_->poll.forget(descriptor.get());
    descriptor.reset();
}

void ChildRun::let_go() {
    if (poll_key_) context_->poll.leave(*std::exchange(poll_key_, std::nullopt));
    owner_.released(*this);
}

void ChildRun::abandon() {
    if (finished_) return;
    abandoned_ = true;
    if (starting_ && phase_.load() == Phase::waiting) {
        finish_unbegun(OutcomeKind::killed, "told to end before it began");
    } else if (starting_ && phase_.load() != Phase::begun) {
        // Its thread hangs, and did not come back when the spawners were stopped.
        settle_without_child();
        if (!finished_) finish_unbegun(OutcomeKind::lost, "its output file could not be opened");
    } else {
        spawn_ended();
    }
    if (finished_) return;
    if (!reaped_) {
        if (ending_ == Ending::by_itself && !has_exited()) ending_ = Ending::by_request;
        killed_ = true;
        kill(-pid_, SIGKILL);
        kill_tree();
        const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
        if (pidfd) wait_for_end(pidfd.get(), std::chrono::steady_clock::now() + unkillable_after);
        if (has_exited()) {
            reap();
        } else {
            outcome_.kind = OutcomeKind::lost;
            outcome_.reason = "it did not end after KILL";
            close_watched(pidfd_);
            reaped_ = true;
        }
    }
    if (!finished_) finish();
    release();
}

void ChildRun::kill_tree() {
    name_tree();
    const auto until = std::chrono::steady_clock::now() + unkillable_after;
    for (int empty = 0; empty < empty_sweeps_at_end && std::chrono::steady_clock::now() < until;) {
        Sweep last{.tree = tree_, .signal = SIGKILL, .most = watched_members};
        sweep({&last, 1});
        if (!last.found) return;
        empty = last.found->empty() ? empty + 1 : 0;
        for (const FileDescriptor& member : *last.found) wait_for_end(member.get(), until);
    }
}

void ChildRun::release() {
    cancel(timeout_timer_);
    cancel(kill_timer_);
    cancel(linger_timer_);
    members_.clear();
    for (auto& channel : channels_) close_watched(channel.pipe);
    if (poll_key_) context_->poll.leave(*std::exchange(poll_key_, std::nullopt));
}

std::optional<Clock::TimerId> ChildRun::call_after(Duration delay, void (ChildRun::*method)()) {
    return context_->clock.wake_after(delay,
                                      [weak = weak_from_this(), strand = context_->strand, method] {
                                          asio::post(strand, [weak, method] {
                                              if (const auto self = weak.lock())
                                                  ((*self).*method)();
                                          });
                                      });
}

void ChildRun::cancel(std::optional<Clock::TimerId>& timer) {
    if (timer) context_->clock.cancel(*timer);
    timer.reset();
}

}  // namespace quantum
