#include "daemon/daemon.hpp"

#include <csignal>
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
#include "daemon/crontab_socket.hpp"
#include "daemon/durable_state.hpp"
#include "daemon/execution_log.hpp"
#include "daemon/file_watch.hpp"
#include "daemon/host_name.hpp"
#include "daemon/job_files.hpp"
#include "daemon/known_jobs.hpp"
#include "daemon/log_text.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_events.hpp"
#include "daemon/main_requests.hpp"
#include "daemon/maintenance.hpp"
#include "daemon/mutant.hpp"
#include "daemon/orderly_stop.hpp"
#include "daemon/orphan_reaper.hpp"
#include "daemon/reloader.hpp"
#include "daemon/runner_options.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/service_status.hpp"
#include "daemon/signals.hpp"
#include "daemon/state_lines.hpp"
#include "daemon/user_changes.hpp"
#include "daemon/user_crontabs.hpp"
#include "daemon/wakeup_fd.hpp"
#include "daemon/watchdog.hpp"
#include "run/task_runner.hpp"
#include "stage/asio_runtime.hpp"
#include "zone/data_version.hpp"
#include "zone/zone.hpp"

namespace quantum::daemon {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_held = 75;  // by another instance

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
          zone_(zone::Zone::named(options.log_zone)),
          logger_(options.log_descriptor, LogStyle(options.log_format, options.log_colors, zone_),
                  *clock_, [this](Duration delay) { flush_log_after(delay); }),
          execution_log_(logger_),
          files_(options_, logger_),
          file_watch_(options_.watch, logger_),
          manager_(options.service_manager != nullptr ? *options.service_manager : no_manager_),
          status_(manager_, *clock_, wakeup_,
                  [this] { return status_sentence(*scheduler_, *clock_, zone_); }),
          runtime_(loop_, 1),
          runner_(loop_, *clock_, runner_options(options_, node_)),
          events_(std::move(signals), orphan_reaper, {&file_watch_, &status_}, *clock_, wakeup_) {}

    ~Daemon() {
        control_.close();
        crontab_socket_.reset();
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
        tell_bad_files(state_.get(), files_.bad());
        report_start();
        listen_to_users();
        manager_.tell_ready();
        watchdog_->start();
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
                status_.note();
                if (event.kind == TelemetryKind::scheduler_state) {
                    watchdog_->set_degraded(event.text == "degraded");
                    if (!mutated(DaemonMutant::failure_noticed_by_signal_only)) wakeup_.ring();
                } else {
                    execution_log_(event);
                }
            },
            shown));
        watchdog_.emplace(manager_, *clock_, state_ ? &state_->loop() : nullptr);
        reloader_.emplace(*scheduler_, files_, file_watch_, events_, *clock_, logger_, state_.get(),
                          [this] { allow_accounts(); });
        loop_.start(1);
        return scheduler_->start();
    }

    /// For users who change their crontabs; it goes on without them too.
    void listen_to_users() {
        if (!options_.crontab_service) return;
        auto socket = CrontabSocket::open(
            options_.crontab_service->socket, *options_.crontab_service->crontabs, *clock_, logger_,
            [this](const config::Account& user, const std::string& path) {
                user_changes_.add({user.name, path});
            });
        if (socket) {
            crontab_socket_ = std::move(*socket);
        } else {
            logger_.warn(socket.error().message);
        }
    }

    /// The control API. The schedule goes on without it too.
    void listen() {
        if (!state_) return;
        const Status opened = control_.open(
            {*scheduler_, loop_, *clock_, state_.get(), requests_, options_.job_options},
            options_.control, node_, zone::data_version());
        if (!opened) logger_.warn(opened.error().message);
        control_.allow(files_.allowed());
    }

    void report_start() {
        LogLine line = logger_.line(LogLevel::info, "quantum started");
        // Answered when the first changes are stored, or were refused once.
        const auto jobs = events_.unless_ended([this] { return scheduler_->jobs(); });
        await_jobs(!jobs || !*jobs);
        listen();  // now, because what a start brings is no news
        if (jobs && *jobs) {
            tell_jobs(line, **jobs, clock_->wall_now());
            line.sentence("quantum started: " + jobs_sentence(**jobs, clock_->wall_now(), zone_));
        } else if (jobs) {
            line.text("waiting", jobs->error().message);
        }
        if (state_) {
            tell_changes(line, files_.brought());
            line.text("state", state_->directory().string());
        }
        line.text("node", node_).number("pid", getpid());
        execution_log_.begin(line);
        if (!state_) return;
        for (const std::string& problem : state_->storage().problems()) logger_.warn(problem);
        maintenance_->start();
    }

    /// Whether their first change is not stored yet; nobody tells when it is.
    void await_jobs(bool waits) {
        waits_for_jobs_ = waits;
        if (!waits) status_.begin();
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
                if (events_.ends_program(*signal))
                    return stop({.signal = *signal, .patience = options_.shutdown_grace});
                if (*signal == SIGUSR1) {
                    report_state();
                } else {
                    static_cast<void>(reload_all());
                }
            }
            for (const UserChange& change : user_changes_.take()) {
                reloader_->reload_one(change.path);
            }
            reloader_->reload_changed();
            if (const auto code = serve_requests()) return *code;
        }
    }

    /// What the API asks. The code of the program's end if it asks for that.
    std::optional<int> serve_requests() {
        while (auto request = requests_.next()) {
            if (auto* const asked = std::get_if<MainRequests::Reload>(&*request)) {
                asked->then(reload_all(asked->plan));
                continue;
            }
            auto& drain_request = std::get<MainRequests::Drain>(*request);
            drain_request.then({});
            return stop({.actor = drain_request.actor, .patience = drain_request.timeout});
        }
        return std::nullopt;
    }

    int has_failed() {
        logger_.error("the scheduler has failed");
        return mutated(DaemonMutant::failure_is_success) ? exit_ok : exit_failure;
    }

    Result<server::ReloadReport> reload_all(const std::string& plan = {}) {
        manager_.tell_reloading();
        auto report = reloader_->reload_all(plan);
        manager_.tell_ready();
        return report;
    }

    int stop(const StopOrder& order) {
        crontab_socket_.reset();  // what would be changed now would wait for the next start
        control_.begin_drain();
        // Whoever drains without an end waits himself; a service manager would not.
        if (order.patience) {
            manager_.tell_stopping(*order.patience + options_.shutdown_kill_after);
        }
        return stop_.run(*scheduler_, order) ? exit_ok : has_failed();
    }

    const DaemonOptions& options_;
    const std::string node_;
    base::EventLoop& loop_;
    WakeupFd wakeup_;
    const std::unique_ptr<base::SystemClock> clock_;
    const zone::Zone* const zone_;  // of times for people; null: UTC
    Logger logger_;
    ExecutionLog execution_log_;
    JobFiles files_;
    FileWatch file_watch_;
    const ServiceManager no_manager_;
    const ServiceManager& manager_;
    ServiceStatus status_;
    std::optional<Watchdog> watchdog_;
    NoopStorage no_storage_;
    std::unique_ptr<DurableState> state_;
    UserChanges user_changes_{wakeup_};
    std::unique_ptr<CrontabSocket> crontab_socket_;  // where users may have crontabs
    std::optional<Maintenance> maintenance_;         // where there is a state
    stage::AsioRuntime runtime_;
    run::TaskRunner runner_;
    MainRequests requests_{wakeup_};
    OrderlyStop stop_{options_, events_, requests_, wakeup_, logger_, [this] { report_state(); }};
    std::optional<Scheduler> scheduler_;
    ControlFace control_;  // where there is a state
    bool waits_for_jobs_ = false;
    std::optional<Reloader> reloader_;
    MainEvents events_;  // goes first: it waits for calls that the scheduler answers at its end
};

int refuse(const DaemonOptions& options, const Error& error) {
    const std::string text = "quantum: " + error.message + "\n";
    const bool is_stream = options.log_format != LogFormat::journal;
    const int log = is_stream ? options.log_descriptor : STDERR_FILENO;
    static_cast<void>(!write(log, text.data(), text.size()));
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
