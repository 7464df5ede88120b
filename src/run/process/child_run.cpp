#include "run/process/child_run.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "base/assert.hpp"
#include "run/mutant.hpp"

namespace quantum::run {

namespace asio = boost::asio;

ChildRun::ChildRun(std::shared_ptr<ChildContext> context, Execution execution,
                   RunObserver& observer, Owner owner)
    : context_(std::move(context)),
      execution_(std::move(execution)),
      observer_(observer),
      owner_(std::move(owner)),
      pipes_(context_->poll, *this),
      timeout_timer_(context_->clock, context_->strand),
      kill_timer_(context_->clock, context_->strand),
      linger_timer_(context_->clock, context_->strand) {}

void ChildRun::enter(State next) {
    const State now = state_;
    QUANTUM_ASSERT(now == State::starting  ? next == State::running || next == State::finished
                   : now == State::running ? next == State::tree_ending || next == State::draining
                   : now == State::tree_ending ? next == State::draining
                                               : now == State::draining && next == State::finished);
    state_ = next;
}

model::CommandView ChildRun::command() const {
    return *model::CommandView::of(execution_.job->task());
}

void ChildRun::begin() {
    start_.ask(context_->clock.boot_now());
    if (context_->spawners.submit(lane(), [self = shared_from_this()] { self->start_child(); })) {
        return;
    }
    failure_ = Error{ErrorCode::unavailable, "cannot start a process: no thread available"};
    static_cast<void>(start_.end());
    start_ended();
}

// On a spawner's thread.
void ChildRun::start_child() {
    if (!start_.claim()) return;
    auto started = start_command(*context_, execution_, start_.handle());
    if (!start_.settle()) {
        // The run has ended without it, and what is its own may be gone.
        if (started) end_child(started->child.pid);
        return;
    }
    if (started) {
        take_child(std::move(*started));
        if (abandoned_) return;
    } else {
        failure_ = std::move(started).error();
    }
    // Nothing is seen of a child that runs until it writes or ends; then its run is taken over.
    if (start_.end() || failure_) {
        asio::post(context_->strand, [self = shared_from_this()] { self->start_ended(); });
    }
}

// On a spawner's thread.
void ChildRun::take_child(StartedCommand started) {
    SpawnedChild& child = started.child;
    pid_ = child.pid;
    user_ = started.user;
    if (started.control_group) control_group_.emplace(std::move(*started.control_group));
    outcome_.started = started_at_ = child.executed;
    reap_reservation_.emplace(std::move(child.own));
    output_.emplace(execution_, observer_, context_->options.output, started.masked,
                    command().output_file(), started_at_);
    if (abandoned_) return end_child(pid_);
    observer_.started(execution_, started_at_, pid_);
    if (child.directory_failure != 0) {
        output_->note("cannot enter the working directory '" + terms().working_directory + "': " +
                      std::generic_category().message(child.directory_failure) + "; running in /");
    }
    if (terms().timeout) {
        set(timeout_timer_, *terms().timeout, &ChildRun::timeout_passed);
    }
    poll_key_ = context_->poll.enter(shared_from_this());
    if (pipes_.open(*poll_key_, std::move(child.output), std::move(child.error))) return;
    failure_ = Error{ErrorCode::io_error,
                     "cannot watch the process: " + std::generic_category().message(errno)};
    end_child(pid_);
    pipes_.close();
}

bool ChildRun::take_over() {
    if (state_ == State::starting && start_.want()) start_ended();
    return state_ != State::starting;
}

void ChildRun::start_ended() {
    if (state_ != State::starting) return;
    if (failure_) {
        if (start_.is_given_up()) return finish_given_up();
        timeout_timer_.cancel();
        return finish_unbegun(OutcomeKind::failed, std::move(failure_->message));
    }
    enter(State::running);
    if (timed_out_on_start_) timeout_passed();
    if (stop_on_start_) stop(*stop_on_start_);
}

bool ChildRun::look_at_start(BootTime now) {
    if (state_ != State::starting) return false;
    const auto look = start_.look(now, context_->options.start_timeout);
    if (look == ChildStart::Look::does_not_come_back) settle_without_child();
    return look == ChildStart::Look::given_up_now;
}

bool ChildRun::waits_since(BootTime then) const {
    return state_ == State::starting && start_.waits_since(then);
}

void ChildRun::fail_waiting() {
    if (!start_.forget()) return;
    finish_unbegun(OutcomeKind::failed, "did not start within " +
                                            seconds_text(context_->options.start_timeout) +
                                            ": other starts of its user hang");
}

void ChildRun::settle_without_child() {
    if (start_.settle()) finish_given_up();  // else its thread is back
}

void ChildRun::finish_given_up() {
    if (stop_on_start_ || abandoned_) {
        finish_unbegun(OutcomeKind::killed, "terminated before it started");
    } else {
        finish_unbegun(OutcomeKind::failed, "did not execute its program within " +
                                                seconds_text(context_->options.start_timeout));
    }
}

void ChildRun::finish_unbegun(OutcomeKind kind, std::string reason) {
    outcome_.kind = kind;
    outcome_.reason = std::move(reason);
    finish();
}

void ChildRun::ready(PollSource source, bool at_end) {
    if (!take_over()) return;
    if (source == PollSource::exit) {
        if (state_ == State::running) child_exited();
    } else {
        pipes_.read(source, at_end, context_->buffer);
    }
}

void ChildRun::pipe_has(OutputChannel channel, std::string_view bytes) {
    if (!is_finished()) output_->write(channel, bytes, context_->clock.boot_now());
}

void ChildRun::pipe_ended(OutputChannel channel) {
    if (is_finished()) {
        if (!pipes_.are_open()) let_go();
        return;
    }
    output_->end(channel);
    const bool is_looked_for = ending_ != Ending::by_itself || pidfd_;
    if (!has_ended() && !pipes_.are_open() && (is_looked_for || !reap(WNOHANG))) watch_exit();
    finish_if_complete();
}

void ChildRun::child_exited() {
    if (ending_ == Ending::by_itself) {
        reap();
        return;
    }
    context_->poll.forget(pidfd_.get());
    // The others of the tree have as long to end as their leader had: the kill timer goes on.
    enter(State::tree_ending);
    killer().leader_ended();
}

bool ChildRun::is_old() { return start_.has_ended() && std::exchange(asked_, true); }

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
    const auto exit = reap_child(pid_, options);
    if (!exit) return false;
    report_exit(outcome_, *exit, ending_, terms());
    if (control_group_) {
        outcome_.peak_memory = control_group_->peak_memory().value_or(outcome_.peak_memory);
        outcome_.cpu = control_group_->cpu().value_or(outcome_.cpu);
        control_group_.reset();
    }
    reap_reservation_.reset();
    outcome_.duration = context_->clock.boot_now() - started_at_;
    enter(State::draining);
    close_pidfd();
    if (killer_) killer_->stop();
    timeout_timer_.cancel();
    kill_timer_.cancel();
    if (!mutated(RunMutant::last_words_lost)) pipes_.read_what_is_there(context_->buffer);
    finish_if_complete();
    if (!is_finished() && !mutated(RunMutant::lingers_for_ever)) {
        set(linger_timer_, context_->options.output_linger, &ChildRun::linger_passed);
    }
    return true;
}

TreeKiller& ChildRun::killer() {
    if (!killer_) {
        ProcessTree tree{.leader = pid_,
                         .execution = execution_.id.text(),
                         .scheduler = context_->scheduler,
                         .user = user_};
        if (control_group_) tree.control_group = control_group_->path();
        killer_ =
            std::make_shared<TreeKiller>(context_, std::move(tree), [weak = weak_from_this()] {
                if (const auto self = weak.lock()) self->reap();
            });
    }
    return *killer_;
}

void ChildRun::tell_to_end(Ending ending) {
    if (ending_ == Ending::by_itself) ending_ = ending;
    killer().terminate();
    if (mutated(RunMutant::kill_after_begins_anew)) kill_timer_.cancel();
    if (!kill_timer_.is_set() && !killer().is_killing())
        set(kill_timer_,
            mutated(RunMutant::kill_after_is_fixed) ? Duration(std::chrono::seconds(2))
                                                    : terms().kill_after,
            &ChildRun::kill_after_passed);
}

void ChildRun::kill_tree() {
    kill_timer_.cancel();
    set(kill_timer_, unkillable_after, &ChildRun::kill_after_passed);
    killer().kill();
}

void ChildRun::stop(StopSignal signal) {
    if (is_finished()) return;
    if (!mutated(RunMutant::stop_before_begin_starts) && state_ == State::starting &&
        start_.forget()) {
        finish_unbegun(OutcomeKind::killed, "terminated before it started");
        return;
    }
    if (!take_over()) {
        if (stop_on_start_ != StopSignal::kill) stop_on_start_ = signal;
        if (!mutated(RunMutant::stop_waits_for_start)) start_.give_up(context_->clock.boot_now());
        return;
    }
    if (is_finished()) return;
    if (has_ended()) {
        finish();
        return;
    }
    // One that has ended by itself has nothing to be told; its exit is on the way here.
    watch_exit();
    if (has_ended() || (state_ == State::running && is_dead(pid_))) return;
    if (signal == StopSignal::terminate) {
        tell_to_end(Ending::by_request);
    } else {
        if (ending_ == Ending::by_itself) ending_ = Ending::by_request;
        kill_tree();
    }
}

void ChildRun::timeout_passed() {
    if (!take_over()) {
        timed_out_on_start_ = !mutated(RunMutant::timeout_lost_on_start);
        return;
    }
    timeout_timer_.passed();
    watch_exit();
    if (state_ != State::running ||
        (is_dead(pid_) && !mutated(RunMutant::ended_counts_as_timed_out))) {
        return;
    }
    tell_to_end(mutated(RunMutant::timed_out_is_killed) ? Ending::by_request : Ending::by_timeout);
}

void ChildRun::kill_after_passed() {
    kill_timer_.passed();
    if (has_ended()) return;
    if (!killer().is_killing()) {
        kill_tree();
    } else if (state_ == State::tree_ending) {
        reap();  // what is left of its tree cannot be ended
    }
}

void ChildRun::linger_passed() {
    linger_timer_.passed();
    if (!is_finished()) finish();
}

void ChildRun::finish_if_complete() {
    if (state_ == State::draining && !pipes_.are_open()) finish();
}

void ChildRun::finish() {
    linger_timer_.cancel();
    enter(State::finished);
    const auto self = shared_from_this();
    auto output = output_ ? output_->finish() : nullptr;
    owner_.finished(*this);
    observer_.finished_with_output(execution_, std::move(outcome_), std::move(output));
    if (!pipes_.are_open()) let_go();
}

void ChildRun::close_pidfd() {
    if (!pidfd_) return;
    context_->poll.forget(pidfd_.get());
    pidfd_.reset();
}

void ChildRun::let_go() {
    if (poll_key_) context_->poll.leave(*std::exchange(poll_key_, std::nullopt));
    owner_.released(*this);
}

void ChildRun::abandon() {
    if (is_finished()) return;
    abandoned_ = true;
    if (state_ == State::starting && start_.is_waiting()) {
        finish_unbegun(OutcomeKind::killed, "terminated before it started");
    } else if (state_ == State::starting && !start_.has_ended()) {
        // Its thread hangs, and did not come back when the spawners were stopped.
        settle_without_child();
        if (!is_finished()) {
            finish_unbegun(OutcomeKind::lost, "its output file could not be opened");
        }
    } else {
        start_ended();
    }
    if (is_finished()) return;
    if (!has_ended()) {
        if (ending_ == Ending::by_itself && !is_dead(pid_)) ending_ = Ending::by_request;
        killer().kill_at_once();
        const base::FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
        if (pidfd) wait_for_end(pidfd.get(), std::chrono::steady_clock::now() + unkillable_after);
        if (is_dead(pid_)) {
            reap();
        } else {
            outcome_.kind = OutcomeKind::lost;
            outcome_.reason = "it did not end after KILL";
            close_pidfd();
            enter(State::draining);
        }
    }
    if (!is_finished()) finish();
    release();
}

void ChildRun::release() {
    timeout_timer_.cancel();
    kill_timer_.cancel();
    linger_timer_.cancel();
    if (killer_) killer_->stop();
    pipes_.close();
    if (poll_key_) context_->poll.leave(*std::exchange(poll_key_, std::nullopt));
}

void ChildRun::set(StrandTimer& timer, Duration delay, void (ChildRun::*passed)()) {
    timer.set(delay, [weak = weak_from_this(), passed] {
        if (const auto self = weak.lock()) ((*self).*passed)();
    });
}

}  // namespace quantum::run
