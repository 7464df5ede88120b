#include "server/run_routes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/json_text.hpp"
#include "base/process.hpp"
#include "base/rfc3339.hpp"
#include "config/diagnostic.hpp"
#include "server/job_routes.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

constexpr std::size_t shortest_ending = 4;
constexpr std::size_t shortest_beginning = 8;
constexpr std::size_t most_runs = 10'000;

using scheduler::Phase;
using scheduler::RunView;

/// An open run with what others know of it.
struct ShownRun {
    RunView view;
    std::optional<WallTime> started_at{};
    std::optional<Duration> usual{};  ///< the median of its job's last runs
    int pid = 0;
    std::uint64_t memory = 0;  ///< bytes of the process; 0: unknown
    std::vector<std::string> holders{};
};

std::string_view state_of(const RunView& view) {
    if (view.run.is_stuck) return "stuck";
    return view.run.is_running ? "started" : "claimed";
}

std::string_view waits_for(const RunView& view) {
    switch (view.phase) {
        case Phase::unbound:
            return "function";
        case Phase::delayed:
            return view.run.attempt > 1 ? "attempt" : "jitter";
        case Phase::queued:
            return "turn";
        case Phase::waiting_for_slot:
            return "slot";
        case Phase::starting:
            return "storage";
        case Phase::running:
        case Phase::stuck:
        case Phase::ending:
            break;
    }
    return {};
}

/// Who holds the slots that a run waits for: those that run with the tag, or of any job.
std::vector<std::string> holders_of(const RunView& waiting, const std::vector<RunView>& all) {
    constexpr std::size_t most = 8;
    std::vector<std::string> names;
    if (waiting.phase != Phase::waiting_for_slot && waiting.phase != Phase::queued) return names;
    for (const RunView& other : all) {
        if (!other.run.is_running || names.size() >= most) continue;
        const Job& job = *other.run.job;
        const bool is_same = job.name() == waiting.run.job->name();
        const bool holds =
            waiting.phase == Phase::queued
                ? is_same
                : std::any_of(waiting.full.begin(), waiting.full.end(), [&job](const auto& full) {
                      return full.tag.empty() || std::find(job.tags().begin(), job.tags().end(),
                                                           full.tag) != job.tags().end();
                  });
        if (holds) names.push_back(job.name());
    }
    return names;
}

void append_wait(base::JsonObject& members, std::string& out, const ShownRun& shown) {
    const RunView& view = shown.view;
    const std::string_view what = waits_for(view);
    if (what.empty()) return;
    members.text("waits_for", what);
    if (view.phase == Phase::delayed) members.text("until", base::rfc3339(view.run.not_before));
    if (!view.full.empty()) {
        members.key("limits");
        base::JsonArray limits(out);
        for (const auto& full : view.full) {
            limits.element();
            base::JsonObject limit(out);
            if (!full.tag.empty()) limit.text("tag", full.tag);
            limit.number("slots", static_cast<std::int64_t>(full.slots));
            limit.end();
        }
        limits.end();
    }
    if (shown.holders.empty()) return;
    members.key("held_by");
    base::JsonArray holders(out);
    for (const std::string& holder : shown.holders) holders.text(holder);
    holders.end();
}

void append_run(std::string& out, const ShownRun& shown) {
    const OpenRun& run = shown.view.run;
    base::JsonObject members(out);
    members.text("execution", run.id.text());
    members.text("job", run.job->name());
    members.text("due", base::rfc3339(run.due));
    members.text("kind", run.kind == ExecutionKind::manual ? "manual" : "scheduled");
    members.number("attempt", run.attempt);
    members.text("state", state_of(shown.view));
    members.text("claimed_at", base::rfc3339(shown.view.claimed_at));
    if (shown.started_at) {
        members.text("started_at", base::rfc3339(*shown.started_at));
        const WallTime planned = std::max(run.due, run.not_before);
        members.number("lateness_us", (*shown.started_at - planned).count());
    }
    if (shown.usual) members.number("usual_us", shown.usual->count());
    if (shown.pid != 0) members.number("pid", shown.pid);
    if (shown.memory != 0) members.number("memory", static_cast<std::int64_t>(shown.memory));
    append_wait(members, out, shown);
    members.end();
}

std::string without_dashes(std::string_view text) {
    std::string plain;
    for (const char c : text) {
        if (c == '-') continue;
        plain += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return plain;
}

std::string body_of(const std::vector<ShownRun>& runs) {
    std::string body;
    base::JsonObject members(body);
    members.key("runs");
    base::JsonArray list(body);
    for (const ShownRun& run : runs) {
        list.element();
        append_run(body, run);
    }
    list.end();
    members.end();
    return body;
}

}  // namespace

const RunView* find_run(const std::vector<RunView>& runs, std::string_view text) {
    const std::string wanted = without_dashes(text);
    const RunView* found = nullptr;
    for (const RunView& view : runs) {
        const std::string id = without_dashes(view.run.id.text());
        const bool is_it = id == wanted ||
                           (wanted.size() >= shortest_ending && id.ends_with(wanted)) ||
                           (wanted.size() >= shortest_beginning && id.starts_with(wanted));
        if (!is_it) continue;
        if (found != nullptr) return nullptr;
        found = &view;
    }
    return found;
}

void RunRoutes::with_runs(const CallRef& call,
                          const std::function<void(const CallRef&, const Views&)>& use) {
    context_.calls.ask<Views>(
        call, [this](auto then) { context_.engine.open_runs(std::move(then)); },
        [use](const CallRef& asked, Result<Views> views) {
            if (!views) return asked->fail(problem_of(views.error()));
            use(asked, *views);
        });
}

void RunRoutes::list(const CallRef& call) {
    context_.keeper.with_jobs(call, [this](const CallRef& asked, const JobIndex&) {
        with_runs(asked, [this](const CallRef& with_views, const Views& views) {
            std::vector<ShownRun> shown;
            for (const RunView& view : views) {
                if (shown.size() >= most_runs) break;
                ShownRun& run = shown.emplace_back(ShownRun{view});
                run.holders = holders_of(view, views);
                const IndexedJob* const job = context_.keeper.index().find(view.run.job->name());
                if (job == nullptr) continue;
                if (job->activity && !job->activity->durations.empty()) {
                    run.usual = job->activity->durations.percentile(50);
                }
                for (const KnownRun& known : job->running()) {
                    if (known.id != view.run.id) continue;
                    run.started_at = known.started_at;
                    run.pid = known.pid;
                }
            }
            // Memory is read from /proc, which is not for this thread.
            context_.calls.read<std::vector<ShownRun>>(
                with_views,
                [shown = std::move(shown)]() mutable -> Result<std::vector<ShownRun>> {
                    for (ShownRun& run : shown) {
                        if (run.pid != 0) run.memory = base::resident_memory(run.pid);
                    }
                    return std::move(shown);
                },
                [](const CallRef& read, Result<std::vector<ShownRun>> runs) {
                    read->answer(200, body_of(*runs));
                });
        });
    });
}

void RunRoutes::kill(const CallRef& call) {
    const std::string note = call->body_text("note");
    if (call->has_failed()) return;
    with_runs(call, [this, note](const CallRef& asked, const Views& views) {
        const std::string& text = asked->parameters.front();
        const RunView* const run = find_run(views, text);
        if (run == nullptr) {
            return asked->fail(ProblemKind::not_running,
                               "No execution '" + config::printable(text) +
                                   "' is running; `quantum ps` lists those that are.");
        }
        if (!run->run.is_running) {
            return asked->fail(ProblemKind::not_running,
                               "Execution " + run->run.id.text() +
                                   " has not started: pause its job to keep it from starting.");
        }
        end(asked, {run}, note);
    });
}

void RunRoutes::kill_many(const CallRef& call) {
    const std::vector<std::string> wanted = call->body_texts("executions");
    const std::string job = call->body_text("job");
    const auto expect = call->body_number("expect");
    const std::string note = call->body_text("note");
    if (call->has_failed()) return;
    if (wanted.empty() == job.empty()) {
        return call->fail(ProblemKind::malformed, "One of executions and job must be given.");
    }
    with_runs(call, [=, this](const CallRef& asked, const Views& views) {
        std::vector<const RunView*> chosen;
        for (const RunView& view : views) {
            if (view.run.is_running && view.run.job->name() == job) chosen.push_back(&view);
        }
        for (const std::string& text : wanted) {
            const RunView* const run = find_run(views, text);
            if (run != nullptr && run->run.is_running) chosen.push_back(run);
        }
        const bool differs = (expect && static_cast<std::size_t>(*expect) != chosen.size() &&
                              !mutated(ServerMutant::expect_ignored)) ||
                             (!wanted.empty() && chosen.size() != wanted.size());
        if (differs) {
            Problem problem{ProblemKind::count_differs,
                            std::to_string(chosen.size()) + " of them run. Nothing was ended."};
            problem.members.emplace_back("count", std::to_string(chosen.size()));
            return asked->fail(problem);
        }
        if (chosen.empty()) {
            return asked->fail(ProblemKind::not_running,
                               "Nothing of '" + config::printable(job) + "' is running.");
        }
        end(asked, chosen, note);
    });
}

// Noted first. A storage that refuses does not protect a run: it is ended all the same.
void RunRoutes::end(const CallRef& call, const std::vector<const RunView*>& runs,
                    const std::string& note) {
    scheduler::AddNotes notes;
    std::vector<ExecutionId> ids;
    for (const RunView* run : runs) {
        ids.push_back(run->run.id);
        std::string detail = run->run.id.text();
        if (!note.empty()) detail += ": " + note;
        notes.notes.push_back(
            {WallTime{}, call->peer().actor, "kill", run->run.job->name(), std::move(detail)});
    }
    context_.calls.ask<void>(
        call, [this, notes](auto then) { context_.engine.add_notes(notes, std::move(then)); },
        [this, ids](const CallRef& noted, Result<void>) { stop(noted, ids); });
}

void RunRoutes::stop(const CallRef& call, const std::vector<ExecutionId>& ids) {
    using Ids = std::vector<ExecutionId>;
    context_.calls.ask<Ids>(
        call, [this, ids](auto then) { context_.engine.stop_runs({ids}, std::move(then)); },
        [](const CallRef& asked, Result<Ids> stopped) {
            if (!stopped) return asked->fail(problem_of(stopped.error()));
            if (stopped->empty()) {
                return asked->fail(ProblemKind::not_running, "It has just ended by itself.");
            }
            std::string body;
            base::JsonObject members(body);
            members.key("ending");
            base::JsonArray list(body);
            for (const ExecutionId& id : *stopped) list.text(id.text());
            list.end();
            members.end();
            asked->answer(202, std::move(body));
        });
}

}  // namespace quantum::server
