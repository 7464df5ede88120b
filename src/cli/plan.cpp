// `quantum plan`: what a reload of files would change, or what a start would catch up.
#include "plan/plan.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "quantum/job_changes.hpp"
#include "quantum/storage/sqlite.hpp"

#include "cli/commands.hpp"
#include "cli/desired_jobs.hpp"
#include "cli/moment_option.hpp"
#include "cli/output.hpp"
#include "cli/plan_text.hpp"
#include "cli/run_setup.hpp"
#include "cli/shell_word.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "config/diagnostic.hpp"
#include "config/job_diff.hpp"
#include "config/load.hpp"
#include "daemon/plan_digest.hpp"
#include "daemon/reconcile.hpp"
#include "daemon/start_jobs.hpp"
#include "plan/start_preview.hpp"

namespace quantum::cli {
namespace {

constexpr Duration usual_period = std::chrono::hours(24 * 30);

/// The jobs that the ledger has, and what is open. A directory without a ledger has none.
Result<Snapshot> read_known(const std::string& state) {
    auto ledger = open_ledger(state);
    if (!ledger) {
        if (ledger.error().code == ErrorCode::not_found) return Snapshot{};
        return tl::unexpected(std::move(ledger).error());
    }
    return (*ledger)->snapshot();
}

const std::vector<StoredJob>& jobs_of(const Snapshot& snapshot) {
    static const std::vector<StoredJob> none;
    return snapshot.jobs ? *snapshot.jobs : none;
}

/// The files that the known jobs come from.
std::vector<std::string> known_files(const std::vector<StoredJob>& jobs) {
    std::set<std::string> files;
    for (const StoredJob& stored : jobs) {
        if (config::is_of_file(*stored.job)) files.insert(config::source_file(*stored.job));
    }
    return {files.begin(), files.end()};
}

config::KnownJobs known_by_name(const std::vector<StoredJob>& jobs) {
    auto by_name = std::make_shared<std::unordered_map<std::string, JobRef>>();
    for (const StoredJob& stored : jobs) by_name->emplace(stored.job->name(), stored.job);
    return [by_name](const std::string& name) -> std::optional<Job> {
        const auto found = by_name->find(name);
        if (found == by_name->end()) return std::nullopt;
        return *found->second;
    };
}

/// Everything that is wrong in the files.
void report_errors(const std::vector<config::LoadedFile>& files) {
    Output out(standard_error);
    for (const config::LoadedFile& file : files) {
        if (file.unreadable) {
            out.text() +=
                config::printable_path(file.path) + ": error: " + file.unreadable->message + '\n';
        }
        for (const config::Diagnostic& problem : file.diagnostics()) {
            if (problem.severity != config::Severity::error) continue;
            out.text() += config::position(file.path, problem) +
                          ": error: " + config::printable(problem.message, std::string_view::npos) +
                          '\n';
        }
    }
    static_cast<void>(out.flush());
}

/// Takes the bad files out that a reload leaves as they are, and returns their plain paths.
std::set<std::string> take_out_alone(std::vector<daemon::WantedFile>& files) {
    std::set<std::string> paths;
    std::erase_if(files, [&paths](const daemon::WantedFile& file) {
        if (file.bad.empty() || !file.stands_alone) return false;
        paths.insert(daemon::plain_path(config::printable_path(file.path)));
        return true;
    });
    return paths;
}

std::multiset<std::string> running_of(const Snapshot& snapshot) {
    std::multiset<std::string> running;
    for (const Entry& entry : snapshot.open) {
        if (entry.state == EntryState::started) running.insert(entry.job);
    }
    return running;
}

/// The period in which due times are compared.
Result<plan::Period> compared_period(const PlanOptions& options,
                                     const times::MomentContext& context) {
    const auto until = moment_of("--until", options.until, PeriodSide::end, context);
    if (!until) return tl::unexpected(until.error());
    const plan::Period period{context.now, until->value_or(context.now + usual_period)};
    if (period.until <= period.from) {
        return fail(ErrorCode::invalid_argument, "--until is not later than now");
    }
    return period;
}

/// What is asked, and what there is.
class Planner {
public:
    Planner(const PlanOptions& options, const RunSetup& setup, Snapshot snapshot,
            const times::MomentContext& context, const plan::Period& period)
        : options_(options),
          setup_(setup),
          snapshot_(std::move(snapshot)),
          context_(context),
          period_(period) {}

    int run() {
        if (!read_files()) return exit_failure;
        return options_.is_start ? show_start() : show_reload();
    }

private:
    bool read_files() {
        auto load = load_options(setup_);
        if (!load) return refuse(load.error());
        load->now = context_.now;
        load->known = known_by_name(jobs_of(snapshot_));
        load->only_jobs = true;
        auto files = config::load_files(setup_.files(), *load);
        // As at a reload. A start had refused it.
        if (!options_.is_start && setup_.config_file()) {
            files.insert(files.begin(), *setup_.config_file());
        }
        report_errors(files);
        wanted_ = desired_jobs(std::move(files), setup_.settings(), load->zone);
        return true;
    }

    static bool refuse(const Error& error) {
        print_error(error.message);
        return false;
    }

    int show_reload() {
        const std::string digest = daemon::plan_digest(wanted_, jobs_of(snapshot_)).text();
        const std::set<std::string> left = take_out_alone(wanted_.files);
        for (const daemon::WantedFile& file : wanted_.files) {
            if (!file.bad.empty()) return exit_failure;  // a reload would change nothing
        }
        std::vector<StoredJob> known = jobs_of(snapshot_);
        std::erase_if(known, [&left](const StoredJob& stored) {
            return config::is_of_file(*stored.job) &&
                   left.contains(daemon::plain_path(config::source_file(*stored.job)));
        });
        std::vector<Job> jobs;
        for (daemon::WantedFile& file : wanted_.files) {
            jobs.insert(jobs.end(), std::make_move_iterator(file.jobs.begin()),
                        std::make_move_iterator(file.jobs.end()));
        }
        const auto made = plan::make_plan({known, running_of(snapshot_)}, std::move(jobs), period_);
        if (!made) {
            refuse(made.error());
            return exit_failure;
        }
        Output out(standard_output);
        if (options_.json) {
            append_json(out.text(), *made, digest);
        } else {
            append_text(out.text(), *made, apply_text(digest), Style(standard_output));
        }
        if (!out.flush()) return exit_failure;
        return made->jobs.empty() ? exit_ok : exit_differences;
    }

    [[nodiscard]] std::string apply_text(const std::string& digest) const {
        const auto& state = options_.settings.state;
        return "quantum reload --plan " + digest + (state ? " --state " + shell_word(*state) : "");
    }

    int show_start() {
        const auto preview = plan::preview_start(
            snapshot_, context_.now,
            [this](std::span<const StoredJob> stored) { return changes_at_start(stored); });
        if (!preview) {
            refuse(preview.error());
            return exit_failure;
        }
        Output out(standard_output);
        if (options_.json) {
            append_json(out.text(), *preview);
        } else {
            append_text(out.text(), *preview, context_.zone, context_.now);
        }
        if (!out.flush()) return exit_failure;
        return preview->steps.empty() ? exit_ok : exit_differences;
    }

    /// As the daemon does it.
    Result<JobChanges> changes_at_start(std::span<const StoredJob> stored) {
        std::vector<JobRef> known;
        std::unordered_set<std::string_view> switched;
        for (const StoredJob& job : stored) {
            known.push_back(job.job);
            if (!job.note.empty()) switched.insert(job.job->name());
        }
        auto start = daemon::settle_start(std::move(wanted_.files), known);
        auto changes = daemon::reconcile(
            known, std::move(start.jobs), daemon::StartReason::start,
            [&switched](const Job& job) { return switched.contains(job.name()); });
        if (!changes) return tl::unexpected(std::move(changes).error());
        return std::move(changes->changes);
    }

    const PlanOptions& options_;
    const RunSetup& setup_;
    const Snapshot snapshot_;
    const times::MomentContext context_;
    const plan::Period period_;
    daemon::DesiredJobs wanted_;
};

}  // namespace

int plan(const PlanOptions& options) {
    const auto refuse = [](const Error& error, int code) {
        print_error("plan: " + error.message);
        return code;
    };
    daemon::RunSettings said = options.settings;
    const bool names_nothing = !said.files && !said.spool && options.config.empty();
    auto setup = RunSetup::find(said, options.config);
    if (setup && refuse_config(*setup)) return exit_usage;
    // A state directory says more about what is meant than the usual files do.
    if (names_nothing && (!setup || said.state)) {
        const auto known = read_known(said.state.value_or(std::string()));
        if (!known) return refuse(known.error(), exit_failure);
        said.files = known_files(jobs_of(*known));
        if (said.files->empty() && !options.is_start) {
            return refuse({ErrorCode::invalid_argument,
                           "no job in the ledger comes from a file; name the files"},
                          exit_usage);
        }
        setup = RunSetup::find(said, options.config);
    }
    if (!setup) return refuse(setup.error(), exit_usage);
    const daemon::RunSettings& settings = setup->settings();
    const auto context = moment_context(settings.tz.value_or(std::string()), times::Tense::future);
    if (!context) return refuse(context.error(), exit_usage);
    const auto period = compared_period(options, *context);
    if (!period) return refuse(period.error(), exit_usage);
    auto known = read_known(settings.state.value_or(std::string()));
    if (!known) return refuse(known.error(), exit_failure);
    return Planner(options, *setup, *std::move(known), *context, *period).run();
}

}  // namespace quantum::cli
