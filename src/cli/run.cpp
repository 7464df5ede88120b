#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/desired_jobs.hpp"
#include "cli/mutant.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/run_setup.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "config/file_list.hpp"
#include "config/job_directory.hpp"
#include "config/job_file.hpp"
#include "config/load.hpp"
#include "config/local_zone.hpp"
#include "daemon/crontab_protocol.hpp"
#include "daemon/daemon.hpp"
#include "daemon/journal.hpp"
#include "daemon/logger.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/user_crontabs.hpp"
#include "server/access.hpp"
#include "server/http/control_server.hpp"

namespace quantum::cli {
namespace {

/// Every problem as a log line of its own; the daemon then says what follows from them.
class ProblemLog {
public:
    explicit ProblemLog(daemon::Logger& logger) : logger_(logger) {}

    void write(const std::vector<config::LoadedFile>& files) {
        for (const config::LoadedFile& file : files) {
            if (file.unreadable) {
                add(file, {config::Severity::error, 0, 1, 1, file.unreadable->message});
            }
            for (const config::Diagnostic& problem : file.diagnostics()) add(file, problem);
        }
        if (found_ <= most) return;
        daemon::LogLine line = logger_.line(
            LogLevel::warning, "there are more problems; `quantum check` shows them all");
        line.number("left_out", static_cast<std::int64_t>(found_ - most));
        logger_.write(line);
    }

private:
    static constexpr std::size_t most = 100;

    void add(const config::LoadedFile& file, const config::Diagnostic& problem) {
        if (++found_ > most) return;
        const bool error = problem.severity == config::Severity::error;
        daemon::LogLine line =
            logger_.line(error ? LogLevel::error : LogLevel::warning, problem.message);
        line.text("source", config::position(file.path, problem));
        logger_.write(line);
    }

    daemon::Logger& logger_;
    std::size_t found_ = 0;
};

/// Reads the files of a setup, at a start and at each reload.
class FileLoader {
public:
    FileLoader(RunSetup setup, config::LoadOptions options)
        : setup_(std::move(setup)), options_(std::move(options)) {}

    daemon::DesiredJobs operator()(const daemon::LoadRequest& request) {
        const auto settings = look_at_settings(request);
        config::LoadOptions options = options_;
        options.now = now().value_or(WallTime());
        options.known = request.known;
        options.only_jobs = true;
        options.only = request.scope;
        std::vector<config::LoadedFile> files = config::load_files(setup_.files(), options);
        if (settings) files.insert(files.begin(), *settings);
        if (!mutated(CliMutant::problems_not_logged)) ProblemLog(request.logger).write(files);
        return desired_jobs(std::move(files), setup_.settings(), options_.zone);
    }

private:
    /// A reload does not change settings, but says where they are others, or bad.
    std::optional<config::LoadedFile> look_at_settings(const daemon::LoadRequest& request) {
        if (!setup_.config_file() || request.scope || std::exchange(is_start_, false)) return {};
        const RunSetup again = setup_.read_again();
        if (!again.config_file()->verdict() && again.settings() != setup_.settings()) {
            request.logger.warn(setup_.config_file()->path +
                                " has changed; it takes effect after a restart");
        }
        return again.config_file();
    }

    const RunSetup setup_;
    const config::LoadOptions options_;
    bool is_start_ = true;
};

/// What is reloaded when it changes. A directory may hold both kinds of files.
daemon::WatchOptions watched_files(const RunSetup& setup) {
    const auto watched = setup.settings().watch.value_or(daemon::Watched::crontabs);
    const bool with_job_files = watched == daemon::Watched::all;
    daemon::WatchOptions watch;
    const std::string spool = setup.settings().spool.value_or(std::string());
    watch.takes = [with_job_files, spool](const std::string& directory, std::string_view name) {
        if (directory == spool) return config::is_name_in_spool(name);
        return config::is_name_in_directory(name) && (with_job_files || !config::is_job_file(name));
    };
    if (watched == daemon::Watched::none) return watch;
    for (const std::string& path : setup.possible_files()) {
        if (with_job_files || !config::is_job_file(path)) watch.paths.push_back(path);
    }
    if (!spool.empty()) watch.paths.push_back(spool);
    return watch;
}

daemon::DaemonOptions daemon_options(const daemon::RunSettings& said) {
    daemon::DaemonOptions options;
    options.keep_output = said.keep_output.value_or(options.keep_output);
    options.keep_ledger = said.keep_ledger.value_or(options.keep_ledger);
    if (said.keep_output_size) options.keep_output_size = said.keep_output_size->bytes;
    if (!mutated(CliMutant::crash_word_lost))
        options.on_crash = said.on_crash.value_or(options.on_crash);
    if (said.log_output_rate) options.log_output_rate = said.log_output_rate->bytes;
    options.owns_process = true;
    options.strict = said.strict.value_or(false);
    return options;
}

/// Where the control API listens, and who may use it.
Result<server::ControlOptions> control_options(const daemon::RunSettings& said) {
    auto lists = server::access_lists(said.access.value_or(std::vector<std::string>()));
    if (!lists) return tl::unexpected(std::move(lists).error());
    server::ControlOptions control;
    control.access = std::move(*lists);
    control.socket_mode = said.socket_mode.value_or(control.socket_mode);
    control.socket_group = said.socket_group.value_or(control.socket_group);
    control.listen = said.listen.value_or(control.listen);
    if (Status usable = server::ControlServer::check(control); !usable) {
        return tl::unexpected(std::move(usable).error());
    }
    return control;
}

/// Where the log goes, and in which form.
struct LogOutput {
    daemon::LogFormat format = daemon::LogFormat::logfmt;
    base::FileDescriptor journal{};
};

/// The form that was asked for, or the one that suits whoever reads standard error.
Result<LogOutput> log_output(const std::optional<daemon::LogFormat>& asked) {
    const bool is_journal = daemon::take_journal_stream();
    const bool is_terminal = Style(standard_error).terminal();
    const auto format = asked.value_or(is_journal    ? daemon::LogFormat::journal
                                       : is_terminal ? daemon::LogFormat::text
                                                     : daemon::LogFormat::logfmt);
    if (format != daemon::LogFormat::journal) return LogOutput{format};
    auto journal = daemon::connect_to_journal();
    if (journal) return LogOutput{format, std::move(*journal)};
    // Its stream takes lines, too.
    if (!asked) return LogOutput{};
    return tl::unexpected(std::move(journal).error());
}

/// Where users change their crontabs, if there is a spool.
std::optional<daemon::CrontabService> crontab_service(const RunSetup& setup,
                                                      const config::LoadOptions& load) {
    if (load.spool.empty()) return std::nullopt;
    auto crontabs = std::make_shared<daemon::UserCrontabOptions>();
    crontabs->spool = load.spool;
    crontabs->check = [load](const config::Account& owner, const std::string& path,
                             std::string text) {
        return config::load_user_crontab(owner, path, std::move(text), load);
    };
    return daemon::CrontabService{
        setup.settings().crontab_socket.value_or(std::string(daemon::crontab_socket_path)),
        std::move(crontabs)};
}

int refuse_usage(const std::string& message) {
    print_error("run: " + message);
    return exit_usage;
}

}  // namespace

int run(const RunOptions& options) {
    // First, so that no job gets these variables.
    const auto manager = daemon::ServiceManager::from_environment();
    const auto setup = RunSetup::find(options.settings, options.config);
    if (!setup) return refuse_usage(setup.error().message);
    if (refuse_config(*setup)) return exit_usage;
    const std::vector<std::string>& files = setup->possible_files();
    if (std::find(files.begin(), files.end(), "-") != files.end()) {
        return refuse_usage("standard input cannot be reloaded; use a file");
    }
    const daemon::RunSettings& said = setup->settings();
    const auto log = log_output(said.log_format);
    if (!log) {
        print_error(log.error().message);
        return exit_failure;
    }
    const Result<config::LoadOptions> load = load_options(*setup);
    if (!load) {
        print_error(load.error().message);
        return exit_usage;
    }
    auto control = control_options(said);
    if (!control) return refuse_usage(control.error().message);
    daemon::DaemonOptions settings = daemon_options(said);
    settings.log_format = log->format;
    if (log->journal) settings.log_descriptor = log->journal.get();
    settings.log_colors = !Style(standard_error).error().empty();
    settings.log_zone = config::local_zone_name();
    settings.service_manager = &manager;
    if (load->account.is_root && load->system && !mutated(CliMutant::system_runs_as_root_only)) {
        settings.allow_run_as = {"*"};
    }
    if (!said.ephemeral.value_or(false)) {
        auto place = state_directory(said.state.value_or(std::string()));
        if (!place) {
            print_error(place.error().message + ", or use --ephemeral");
            return exit_usage;
        }
        settings.state = std::move(*place);
    }
    settings.new_ledger = options.new_ledger;
    settings.watch = watched_files(*setup);
    settings.crontab_service = crontab_service(*setup, *load);
    settings.control = std::move(*control);
    settings.job_options = [load = *load] {
        config::JobFileOptions of_jobs;
        of_jobs.zone = load.zone;
        of_jobs.account = load.account;
        of_jobs.inherited = load.inherited;
        of_jobs.new_privileges = load.new_privileges;
        of_jobs.system = load.system;
        return of_jobs;
    };
    settings.load_jobs = FileLoader(*setup, *load);
    return daemon::run_daemon(settings);
}

}  // namespace quantum::cli
