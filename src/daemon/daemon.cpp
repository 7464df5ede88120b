#include "daemon/daemon.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <sys/prctl.h>
#include <unistd.h>

#include "quantum/job_changes.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/storage/noop_storage.hpp"

#include "base/event_loop.hpp"
#include "base/give_back.hpp"
#include "base/system_clock.hpp"
#include "daemon/call_apart.hpp"
#include "daemon/control_face.hpp"
#include "daemon/durable_state.hpp"
#include "daemon/execution_log.hpp"
#include "daemon/host_name.hpp"
#include "daemon/job_files.hpp"
#include "daemon/known_jobs.hpp"
#include "daemon/log_text.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_events.hpp"
#include "daemon/main_requests.hpp"
#include "daemon/maintenance.hpp"
#include "daemon/mutant.hpp"
#include "daemon/orphan_reaper.hpp"
#include "daemon/runner_options.hpp"
#include "daemon/signals.hpp"
#include "daemon/state_lines.hpp"
#include "daemon/wakeup_fd.hpp"
#include "run/task_runner.hpp"
#include "stage/asio_runtime.hpp"
#include "zone/data_version.hpp"

namespace quantum::daemon {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_held = 75;  // by another instance

// How long a drain without a timeout waits: as good as for ever, and a duration that can be added
// to.
constexpr Duration no_end = std::chrono::hours(24 * 366);

/// Everything a running daemon consists of, in the order it is built.
///
/// Threads: this object belongs to the thread that waits for signals. The loop's only thread is the
/// control thread: clock, stages, children's pipes and pidfds.
class Daemon {
public:
    Daemon(const DaemonOptions& options, Signals signals, OrphanReaper* orphan_reaper,
           base::EventLoop& loop, std::unique_ptr<base::SystemClock> clock)
        : options_(options),
          node_(options.node.empty() ? host_name() : options.node),
          loop_(loop),
          clock_(std::move(clock)),
          logger_(options.log_descriptor, options.log_format, *clock_,
                  [this](Duration delay) { flush_log_after(delay); }),
          execution_log_(logger_),
          files_(options_, logger_),
          runtime_(loop_, 1),
          runner_(loop_, *clock_, runner_options(options_, node_)),
          events_(std::move(signals), orphan_reaper, *clock_, wakeup_) {}

    ~Daemon() {
        control_.close();
        if (scheduler_) static_cast<void>(scheduler_->stop(Duration::zero()));
        loop_.stop();
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    int run() {
        const bool has_ledger =
            options_.state && std::filesystem::exists(*options_.state / "ledger.db");
        if (!has_ledger && !files_.read({})) return exit_failure;
        if (Status opened = open_state(); !opened) {
            logger_.error(opened.error().message);
            return opened.error().code == ErrorCode::unavailable ? exit_held : exit_failure;
        }
        if (has_ledger && !files_.read(known_in(state_->storage()))) return exit_failure;
        if (Status begun = begin(); !begun) {
            logger_.error("the scheduler could not be started: " + begun.error().message);
            return exit_failure;
        }
        tell_bad_files();
        listen();
        report_start();
        events_.sweep_memory();
        return serve();
    }

private:
    [[nodiscard]] SchedulerConfig scheduler_config() {
        SchedulerConfig config;
        config.node = node_;
        if (!mutated(DaemonMutant::kill_after_ignored))
            config.kill_after = options_.shutdown_kill_after;
        config.debug_logging = false;
        if (!mutated(DaemonMutant::tag_limits_not_given))
            config.tag_concurrency = files_.tag_concurrency();
        config.log_executions = false;  // execution_log_ tells them
        // A reload of very many jobs on a busy machine is slow, not wrong.
        config.timeout = std::chrono::minutes(1);
        config.log = [this](LogLevel level, std::string_view message,
                            std::span<const LogField> fields) {
            logger_.log(level, message, fields);
        };
        config.reconcile = [this](std::span<const StoredJob> stored) {
            return changes_at_start(stored);
        };
        return config;
    }

    void flush_log_after(Duration delay) {
        if (delay == Duration::zero()) {
            loop_.post([this] { logger_.flush(); });
        } else {
            static_cast<void>(clock_->wake_after(delay, [this] { logger_.flush(); }));
        }
    }

    Status open_state() {
        if (!options_.state) return {};
        auto state = DurableState::open(*options_.state, options_.new_ledger);
        if (!state) return tl::unexpected(std::move(state).error());
        state_ = std::move(*state);
        maintenance_.emplace(state_->storage(), state_->loop(), *clock_, logger_,
                             UpkeepOptions{.keep_output = mutated(DaemonMutant::limits_swapped)
                                                              ? options_.keep_ledger
                                                              : options_.keep_output,
                                           .keep_ledger = options_.keep_ledger,
                                           .keep_output_size = options_.keep_output_size});
        return {};
    }

    Result<JobChanges> changes_at_start(std::span<const StoredJob> stored) {
        const bool boot = !state_ || state_->is_first_since_boot();
        auto changes = files_.at_start(stored, boot ? StartReason::boot : StartReason::start);
        runner_.allow_run_as(files_.allowed());  // before anything begins
        return changes;
    }

    void allow_accounts() {
        runner_.allow_run_as(files_.allowed());
        control_.allow(files_.allowed());
    }

    Status begin() {
        const TelemetryKinds shown =
            kind_bit(TelemetryKind::job_start) | kind_bit(TelemetryKind::job_output) |
            kind_bit(TelemetryKind::job_output_left_out) | kind_bit(TelemetryKind::job_stop) |
            kind_bit(TelemetryKind::job_exception) | kind_bit(TelemetryKind::job_skip) |
            kind_bit(TelemetryKind::scheduler_state);
        Storage& storage = state_ ? static_cast<Storage&>(state_->storage()) : no_storage_;
        scheduler_.emplace(SchedulerParts{*clock_, runtime_, storage, runner_,
                                          state_ ? &state_->runtime() : nullptr},
                           scheduler_config());
        static_cast<void>(scheduler_->attach(
            [this](const TelemetryEvent& event) {
                if (maintenance_) maintenance_->note_activity();
                if (event.kind == TelemetryKind::scheduler_state) {
                    if (!mutated(DaemonMutant::failure_noticed_by_signal_only)) wakeup_.ring();
                } else {
                    execution_log_(event);
                }
            },
            shown));
        loop_.start(1);
        return scheduler_->start();
    }

    /// The control API. The schedule goes on without it too.
    void listen() {
        if (!state_) return;
        const Status opened = control_.open(
            {*scheduler_, loop_, *clock_, state_.get(), requests_, options_.job_options},
            options_.control, node_, zone_data_);
        if (!opened) logger_.warn(opened.error().message);
        control_.allow(files_.allowed());
    }

    void report_start() {
        LogLine line = logger_.line(LogLevel::info, "quantum started");
        // Answered when the first changes are stored, or were refused once.
        const auto jobs = events_.unless_ended([this] { return scheduler_->jobs(); });
        await_jobs(!jobs || !*jobs);
        if (jobs && *jobs) {
            tell_jobs(line, **jobs, clock_->wall_now());
        } else if (jobs) {
            line.text("waiting", jobs->error().message);
        }
        if (state_) {
            tell_changes(line, files_.brought());
            line.text("state", state_->directory().string());
        }
        line.text("node", node_).number("pid", getpid());
        logger_.write(line);
        if (!state_) return;
        for (const std::string& problem : state_->storage().problems()) logger_.warn(problem);
        maintenance_->start();
    }

    /// Whether their first change is not stored yet; nobody tells when it is.
    void await_jobs(bool waits) {
        waits_for_jobs_ = waits;
        events_.wake_every_second(waits);
    }

    void report_state() {
        log_state(logger_, *clock_, *scheduler_, state_.get());
        files_.log_bad();
    }

    void report_jobs() {
        const auto jobs = events_.unless_ended([this] { return scheduler_->jobs(); });
        if (!jobs || !*jobs) return;
        await_jobs(false);
        events_.sweep_memory();
        LogLine line = logger_.line(LogLevel::info, "the first jobs are stored");
        tell_jobs(line, **jobs, clock_->wall_now());
        logger_.write(line);
    }

    /// Until a signal or a failure ends it.
    int serve() {
        for (;;) {
            events_.wait();
            if (scheduler_->state() == SchedulerState::failed) return has_failed();
            if (waits_for_jobs_) report_jobs();
            while (const auto signal = events_.next_signal()) {
                if (events_.ends_program(*signal)) return stop(*signal);
                if (*signal == SIGUSR1) {
                    report_state();
                } else {
                    static_cast<void>(reload());
                    events_.sweep_memory();
                }
            }
            if (const auto code = serve_requests()) return *code;
        }
    }

    /// What the API asks. The code of the program's end if it asks for that.
    std::optional<int> serve_requests() {
        while (auto request = requests_.next()) {
            if (auto* const asked = std::get_if<MainRequests::Reload>(&*request)) {
                asked->then(reload());
                events_.sweep_memory();
                continue;
            }
            auto& drain_request = std::get<MainRequests::Drain>(*request);
            drain_request.then({});
            return stop(drain_request.actor, drain_request.timeout.value_or(no_end));
        }
        return std::nullopt;
    }

    int has_failed() {
        logger_.error("the scheduler has failed");
        return mutated(DaemonMutant::failure_is_success) ? exit_ok : exit_failure;
    }

    Result<server::ReloadReport> reload() {
        auto known = scheduler_->jobs();
        if (!known) return reload_failed("reload failed: ", std::move(known).error());
        auto changes = files_.at_reload(*known, known_in(*scheduler_));
        tell_bad_files();
        if (!changes) {
            return reload_failed("reload rejected, keeping the current jobs: ",
                                 std::move(changes).error());
        }
        if (!mutated(DaemonMutant::users_not_renewed))
            allow_accounts();  // a job that is new may begin at once
        const auto applied =
            events_.unless_ended([this, wanted = std::move(changes->changes)]() mutable {
                return scheduler_->change_jobs(std::move(wanted));
            });
        files_.end_reload((applied && *applied) || mutated(DaemonMutant::refused_reload_counts));
        allow_accounts();
        if (!applied) {
            return reload_failed("reload failed: ",
                                 {ErrorCode::unavailable, "the program is being stopped"});
        }
        if (!*applied) return reload_failed("reload failed: ", applied->error());
        compare_zone_data(logger_, zone_data_);
        LogLine line = logger_.line(LogLevel::info, "reloaded");
        tell_jobs(line, scheduler_->jobs().value_or(std::vector<JobRef>()), clock_->wall_now());
        tell_changes(line, *changes);
        logger_.write(line);
        return server::ReloadReport{changes->added, changes->changed, changes->removed,
                                    changes->unchanged};
    }

    tl::unexpected<Error> reload_failed(const std::string& what, Error error) {
        logger_.error(what + error.message);
        return tl::unexpected(std::move(error));
    }

    /// To whoever asks for the status.
    void tell_bad_files() {
        if (!state_) return;
        std::vector<std::string> reasons;
        for (const BadFile& file : files_.bad()) reasons.push_back(file.why);
        state_->storage().tell_bad_files(std::move(reasons));
    }

    /// Lets what runs end, in the time it has; each further signal moves on to the next step: ask
    /// it to end, kill it.
    int stop(int signal) {
        LogLine line = logger_.line(LogLevel::info, "stopping");
        line.text("signal", sigabbrev_np(signal)).text("grace", human(options_.shutdown_grace));
        logger_.write(line);
        return stop(options_.shutdown_grace);
    }

    /// Because the API asks for it.
    int stop(const std::string& actor, Duration patience) {
        LogLine line = logger_.line(LogLevel::info, "stopping");
        line.text("asked_by", actor);
        if (patience < no_end) line.text("grace", human(patience));
        logger_.write(line);
        return stop(patience);
    }

    int stop(Duration patience) {
        control_.begin_drain();
        drain(patience);
        while (!drained_.load()) {
            events_.wait();
            requests_.refuse_all();
            while (const auto another = events_.next_signal()) {
                if (*another == SIGUSR1) {
                    report_state();
                } else if ((*another == SIGHUP || *another == SIGUSR2) &&
                           !mutated(DaemonMutant::reload_in_drain_kills)) {
                    if (!events_.terminal_has_closed())
                        logger_.warn("already stopping; files are not reloaded");
                } else {
                    logger_.warn("stopping at once");
                    drain(mutated(DaemonMutant::second_signal_waits) ? options_.shutdown_grace
                                                                     : Duration::zero());
                }
            }
            if (scheduler_->state() == SchedulerState::failed) return has_failed();
        }
        const StopReport report = stop_report_;
        const bool stopped = scheduler_->stop(Duration::zero()).has_value();
        if ((!stopped || scheduler_->state() == SchedulerState::failed) &&
            !mutated(DaemonMutant::failure_while_stopping_is_success))
            return has_failed();
        if (report.unstored > 0) {
            logger_.warn("the storage rejected the ends of " + std::to_string(report.unstored) +
                         " runs; the next start records them as lost");
        }
        LogLine end = logger_.line(LogLevel::info, "quantum stopped");
        end.number("ended_by_force", static_cast<std::int64_t>(report.ended_by_force))
            .number("lost", static_cast<std::int64_t>(report.lost));
        logger_.write(end);
        return exit_ok;
    }

    void drain(Duration patience) {
        scheduler_->drain(patience, [this](Result<StopReport> report) {
            if (drained_.load()) return;
            if (report) stop_report_ = *report;
            drained_.store(true);
            wakeup_.ring();
        });
    }

    const DaemonOptions& options_;
    const std::string node_;
    const std::string zone_data_ = zone::data_version();
    base::EventLoop& loop_;
    WakeupFd wakeup_;
    const std::unique_ptr<base::SystemClock> clock_;
    Logger logger_;
    ExecutionLog execution_log_;
    JobFiles files_;
    NoopStorage no_storage_;
    std::unique_ptr<DurableState> state_;
    std::optional<Maintenance> maintenance_;  // where there is a state
    stage::AsioRuntime runtime_;
    run::TaskRunner runner_;
    StopReport stop_report_;  // written before drained_ is set
    std::atomic<bool> drained_ = false;
    std::optional<Scheduler> scheduler_;
    MainRequests requests_{wakeup_};
    ControlFace control_;  // where there is a state
    bool waits_for_jobs_ = false;
    MainEvents events_;  // goes first: it waits for calls that the scheduler answers at its end
};

int refuse(const DaemonOptions& options, const Error& error) {
    const std::string text = "quantum: " + error.message + "\n";
    static_cast<void>(!write(options.log_descriptor, text.data(), text.size()));
    return exit_failure;
}

}  // namespace

int run_daemon(const DaemonOptions& options) {
    base::settle_allocator();
    // Before any thread: they inherit what is blocked.
    auto signals = Signals::take_over();
    if (!signals) return refuse(options, signals.error());
    std::optional<OrphanReaper> orphan_reaper;
    if (options.owns_process) {
        // What it has read of secrets is nobody else's, not even in a core dump.
        if (!mutated(DaemonMutant::memory_is_open)) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        orphan_reaper.emplace();
    }
    base::EventLoop loop;
    auto clock = base::SystemClock::create(loop);
    if (!clock) return refuse(options, clock.error());
    return Daemon(options, std::move(*signals), orphan_reaper ? &*orphan_reaper : nullptr, loop,
                  std::move(*clock))
        .run();
}

}  // namespace quantum::daemon
