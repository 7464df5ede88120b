#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "run/process/child_run.hpp"
#include "run/process/command_environment.hpp"
#include "run/process/command_secrets.hpp"
#include "run/process/identity.hpp"
#include "run/process/system_limits.hpp"

namespace quantum {
namespace {

/// A sealed file in memory that reads as `text`: the whole input is there before the child is, so
/// nothing has to be fed, and a child that does not read it costs nobody a signal.
Result<FileDescriptor> input_file(const std::string& text) {
    FileDescriptor file(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    std::size_t written = 0;
    while (file && written < text.size()) {
        const ssize_t put = write(file.get(), text.data() + written, text.size() - written);
        if (put < 0 && errno != EINTR) break;
        if (put > 0) written += static_cast<std::size_t>(put);
    }
    if (!file || written < text.size() || lseek(file.get(), 0, SEEK_SET) < 0 ||
        fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
            0) {
        return fail(ErrorCode::io_error,
                    "cannot prepare standard input: " + std::generic_category().message(errno));
    }
    return file;
}

/// Again: it may be back.
Result<FileDescriptor> open_null_input() {
    FileDescriptor file(open(null_device, O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(ErrorCode::io_error,
                    std::string("cannot open ") + null_device +
                        " for standard input: " + std::generic_category().message(errno));
    }
    return file;
}

/// As the kernel takes them, after those of `list`. `own`: what held before this program raised its
/// own.
std::vector<SpawnLimit> limits_of(const ResourceLimits& limits,
                                  const std::optional<DescriptorLimit>& own,
                                  std::vector<SpawnLimit> list) {
    // Between the soft limit, which can be caught, and the end.
    constexpr std::uint64_t seconds_to_end = 5;
    const auto add = [&](int resource, const std::optional<std::uint64_t>& most) {
        if (most) list.push_back({resource, *most, *most});
    };
    add(RLIMIT_AS, limits.address_space);
    if (limits.cpu_seconds) {
        list.push_back({RLIMIT_CPU, *limits.cpu_seconds, *limits.cpu_seconds + seconds_to_end});
    }
    if (limits.open_files) {
        add(RLIMIT_NOFILE, limits.open_files);
    } else if (own) {
        list.push_back({RLIMIT_NOFILE, own->soft, own->hard});
    }
    add(RLIMIT_NPROC, limits.processes);
    add(RLIMIT_FSIZE, limits.file_size);
    add(RLIMIT_CORE, limits.core_size);
    return list;
}

// A thread whose child was killed comes back at once. One that does not hangs in the kernel itself.
constexpr auto thread_comes_back_within = std::chrono::milliseconds(500);

}  // namespace

void ChildRun::begin() {
    starting_ = true;
    start_asked_at_ = context_->clock.boot_now();
    if (context_->spawners.submit(lane(), [self = shared_from_this()] { self->start_child(); })) {
        return;
    }
    failure_ = Error{ErrorCode::unavailable, "cannot start a process: no thread to start it on"};
    phase_ = Phase::begun;
    spawn_ended();
}

void ChildRun::start_child() {
    Phase waiting = Phase::waiting;
    if (!phase_.compare_exchange_strong(waiting, Phase::starting)) return;
    auto child = spawn_child();
    if (settled_.exchange(true)) {
        // The run has ended without it, and what is its own may be gone.
        if (child) end_child(child->pid);
        return;
    }
    if (child) {
        take_child(std::move(*child));
        if (abandoned_) return;
    } else {
        failure_ = std::move(child).error();
    }
    // Nothing is seen of a child that runs until it writes or ends; then its run is taken over.
    if (phase_.exchange(Phase::begun) == Phase::wanted || failure_) {
        boost::asio::post(context_->strand, [self = shared_from_this()] { self->spawn_ended(); });
    }
}

bool ChildRun::look_at_start(BootTime now) {
    const Duration limit = context_->options.start_timeout;
    const Phase phase = phase_.load();
    if (!starting_ || (phase != Phase::starting && phase != Phase::wanted)) return false;
    if (start_.is_given_up()) {
        if (now >= start_given_up_at_ + thread_comes_back_within) settle_without_child();
        return false;
    }
    if (start_began_at_ == BootTime{}) start_began_at_ = now;
    if (limit <= Duration::zero() || now - start_began_at_ < limit) return false;
    give_up_start();
    return true;
}

bool ChildRun::waits_since(BootTime then) const {
    return starting_ && phase_.load() == Phase::waiting && start_asked_at_ <= then;
}

void ChildRun::fail_waiting() {
    Phase waiting = Phase::waiting;
    if (!phase_.compare_exchange_strong(waiting, Phase::forgotten)) return;
    finish_unbegun(OutcomeKind::failed, "did not start within " +
                                            seconds_text(context_->options.start_timeout) +
                                            ": other starts of its user hang");
}

void ChildRun::give_up_start() {
    if (!start_.is_given_up()) start_given_up_at_ = context_->clock.boot_now();
    start_.give_up();
}

void ChildRun::settle_without_child() {
    if (settled_.exchange(true)) return;  // its thread is back
    finish_given_up();
}

void ChildRun::finish_given_up() {
    if (stop_on_start_ || abandoned_) {
        finish_unbegun(OutcomeKind::killed, "told to end before it began");
    } else {
        finish_unbegun(OutcomeKind::failed, "did not execute its program within " +
                                                seconds_text(context_->options.start_timeout));
    }
}

Result<SpawnedChild> ChildRun::spawn_child() {
    const Command& command = terms();
    const ProcessRunnerOptions& options = context_->options;
    SpawnRequest request;
    if (!command.user.empty() || !command.group.empty()) {
        auto identity = identity_of(command, context_->allowed.get());
        if (!identity) return tl::unexpected(std::move(identity).error());
        request.identity = std::move(*identity);
    }
    user_ = request.identity ? request.identity->user : getuid();
    auto secrets =
        read_secrets(command, options.secrets_directory,
                     request.identity ? std::optional(request.identity->user) : std::nullopt);
    // Files may hang as well as a child; who has hung so long may find nothing else left.
    if (start_.is_given_up()) return fail(ErrorCode::unavailable, "the start was given up");
    if (!secrets) return tl::unexpected(std::move(secrets).error());
    masked_ = std::move(secrets->masked);
    EnvironmentSources sources{command, execution_,        options.node, context_->scheduler,
                               {},      secrets->variables};
    if (request.identity) sources.account = request.identity->environment;
    request.environment = command_environment(sources);
    request.arguments = this->command().argv();
    if (!request.arguments.empty()) {
        request.candidates = program_candidates(request.arguments[0], request.environment);
    }
    request.working_directory = command.working_directory;
    request.or_in_root = command.or_in_root;
    request.file_mode_mask = command.file_mode_mask;
    request.nice = command.nice;
    request.limits =
        limits_of(command.limits, options.descriptor_limit,
                  options.fresh_scheduling ? system_limits() : std::vector<SpawnLimit>());
    request.new_privileges = command.new_privileges;
    request.fresh_scheduling = options.fresh_scheduling;
    if (!options.control_group.empty()) {
        auto group = ControlGroup::make(
            options.control_group, execution_.id.text() + '.' + std::to_string(execution_.attempt));
        if (!group) return tl::unexpected(std::move(group).error());
        control_group_.emplace(std::move(*group));
        request.control_group = control_group_->processes();
    }
    request.clock = &context_->clock;
    request.handle = &start_;
    request.input = context_->null_input.get();
    FileDescriptor input;
    const auto text = this->command().input();
    if (text || !context_->null_input) {
        auto file = text ? input_file(*text) : open_null_input();
        if (!file) return tl::unexpected(std::move(file).error());
        input = std::move(*file);
        request.input = input.get();
    }
    return spawn(request);
}

void ChildRun::take_child(SpawnedChild child) {
    const ProcessRunnerOptions& options = context_->options;
    pid_ = child.pid;
    outcome_.started = started_at_ = child.executed;
    reap_reservation_.emplace(std::move(child.own));
    channels_[0].pipe = std::move(child.output);
    channels_[1].pipe = std::move(child.error);
    output_.emplace(execution_, observer_,
                    OutputOptions{.keep = options.keep_output,
                                  .spool_directory = options.spool_directory,
                                  .line_rate = options.line_rate},
                    masked_, command().output_file(), started_at_);
    if (abandoned_) return end_child(pid_);
    observer_.started(execution_, started_at_, pid_);
    if (child.directory_failure != 0) {
        output_->note("cannot enter the working directory '" + terms().working_directory + "': " +
                      std::generic_category().message(child.directory_failure) + "; it runs in /");
    }
    if (terms().timeout) {
        timeout_timer_ = call_after(*terms().timeout, &ChildRun::timeout_passed);
    }
    ChildPoll& poll = context_->poll;
    poll_key_ = poll.enter(shared_from_this());
    if (poll.watch(*poll_key_, PollSource::standard_output, channels_[0].pipe.get()) &&
        poll.watch(*poll_key_, PollSource::standard_error, channels_[1].pipe.get())) {
        return;
    }
    failure_ = Error{ErrorCode::io_error,
                     "cannot watch the process: " + std::generic_category().message(errno)};
    end_child(pid_);
    for (auto& channel : channels_) close_watched(channel.pipe);
}

}  // namespace quantum
