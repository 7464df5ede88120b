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
#include "cli/load_options.hpp"
#include "cli/moment_option.hpp"
#include "cli/output.hpp"
#include "cli/plan_text.hpp"
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

/// Everything that is wrong in the files. False: none of them is bad.
bool report_bad(const std::vector<config::LoadedFile>& files) {
    Output out(standard_error);
    bool is_bad = false;
    for (const config::LoadedFile& file : files) {
        is_bad = is_bad || file.verdict().has_value();
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
    return is_bad;
}

plan::Known known_of(const Snapshot& snapshot) {
    plan::Known known{jobs_of(snapshot), {}};
    for (const Entry& entry : snapshot.open) {
        if (entry.state == EntryState::started) known.running.insert(entry.job);
    }
    return known;
}

/// What is asked, and what there is.
class Planner {
public:
    Planner(const PlanOptions& options, Snapshot snapshot, const times::MomentContext& context)
        : options_(options), snapshot_(std::move(snapshot)), context_(context) {}

    int run() {
        if (!read_files()) return exit_failure;
        return options_.is_start ? show_start() : show_reload();
    }

private:
    bool read_files() {
        auto load = load_options(options_.system, options_.zone, options_.pass_env);
        if (!load) return refuse(load.error());
        load->new_privileges = options_.new_privileges;
        load->now = context_.now;
        load->known = known_by_name(jobs_of(snapshot_));
        load->only_jobs = true;
        std::vector<std::string> names = options_.files;
        if (names.empty()) names = known_files(jobs_of(snapshot_));
        if (names.empty() && !options_.is_start) {
            return refuse({ErrorCode::invalid_argument,
                           "plan: no job in the ledger comes from a file; name the files"});
        }
        auto files = config::load_files(names, *load);
        const bool is_bad = report_bad(files);
        // A start handles each file by itself.
        if (is_bad && !options_.is_start) return false;
        wanted_ = desired_jobs(std::move(files), {.system = options_.system,
                                                  .new_privileges = options_.new_privileges,
                                                  .zone = load->zone,
                                                  .pass_env = options_.pass_env});
        return true;
    }

    static bool refuse(const Error& error) {
        print_error(error.message);
        return false;
    }

    int show_reload() {
        const auto until = moment_of("--until", options_.until, PeriodSide::end, context_);
        if (!until) {
            refuse(until.error());
            return exit_usage;
        }
        const plan::Period period{context_.now, until->value_or(context_.now + usual_period)};
        if (period.until <= period.from) {
            print_error("plan: --until is not later than now");
            return exit_usage;
        }
        const std::string digest = daemon::plan_digest(wanted_, jobs_of(snapshot_)).text();
        std::vector<Job> jobs;
        for (daemon::WantedFile& file : wanted_.files) {
            jobs.insert(jobs.end(), std::make_move_iterator(file.jobs.begin()),
                        std::make_move_iterator(file.jobs.end()));
        }
        const auto made = plan::make_plan(known_of(snapshot_), std::move(jobs), period);
        if (!made) {
            refuse(made.error());
            return exit_failure;
        }
        Output out(standard_output);
        if (options_.json) {
            append_json(out.text(), *made, digest);
        } else {
            append_text(out.text(), *made, digest, Style(standard_output));
        }
        if (!out.flush()) return exit_failure;
        return made->jobs.empty() ? exit_ok : exit_differences;
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
    const Snapshot snapshot_;
    const times::MomentContext context_;
    daemon::DesiredJobs wanted_;
};

}  // namespace

int plan(const PlanOptions& options) {
    const auto context = moment_context(options.zone, times::Tense::future);
    if (!context) {
        print_error(context.error().message);
        return exit_usage;
    }
    auto known = read_known(options.state);
    if (!known) {
        print_error(known.error().message);
        return exit_failure;
    }
    return Planner(options, *std::move(known), *context).run();
}

}  // namespace quantum::cli
