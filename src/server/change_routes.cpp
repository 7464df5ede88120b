#include "server/change_routes.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "config/diagnostic.hpp"
#include "server/job_routes.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

std::string actor_of(const CallRef& call) {
    return mutated(ServerMutant::audit_without_actor) ? std::string() : call->peer().actor;
}

/// What became of each run of a bulk request, in the order of the jobs.
struct Triggered {
    explicit Triggered(std::vector<std::string> its_names)
        : names(std::move(its_names)), results(names.size()) {}

    const std::vector<std::string> names;
    std::vector<std::optional<Result<ExecutionId>>> results;
    std::size_t answered = 0;
};

std::string json_of(const Triggered& triggered) {
    std::string body;
    base::JsonObject members(body);
    members.key("runs");
    base::JsonArray runs(body);
    for (std::size_t at = 0; at < triggered.names.size(); ++at) {
        runs.element();
        base::JsonObject run(body);
        run.text("job", triggered.names[at]);
        const Result<ExecutionId>& result = *triggered.results[at];
        if (result) {
            run.text("execution", result->text());
        } else {
            run.text("problem", result.error().message);
        }
        run.end();
    }
    runs.end();
    members.end();
    return body;
}

std::string json_of(std::size_t changed, const std::vector<std::string>& names,
                    const std::optional<Pause>& pause) {
    std::string body;
    base::JsonObject members(body);
    members.number("changed", static_cast<std::int64_t>(changed));
    members.number("jobs", static_cast<std::int64_t>(names.size()));
    if (names.size() == 1) members.text("job", names.front());
    members.text("state", pause ? "paused" : "resumed");
    if (pause && pause->until) members.text("until", base::rfc3339(*pause->until));
    members.end();
    return body;
}

}  // namespace

void ChangeRoutes::with_job(const CallRef& call,
                            const std::function<void(const CallRef&, const Names&)>& use) {
    context_.keeper.with_jobs(call, [use](const CallRef& asked, const JobIndex& index) {
        const std::string& name = asked->parameters.front();
        if (index.find(name) == nullptr) return fail_no_job(asked, index, name);
        use(asked, {name});
    });
}

void ChangeRoutes::with_selection(const CallRef& call,
                                  const std::function<void(const CallRef&, const Names&)>& use) {
    Names names = call->body_texts("jobs");
    const std::string tag = call->body_text("tag");
    const bool all = call->body_flag("all");
    const auto expect = call->body_number("expect");
    if (call->has_failed()) return;
    const int selectors = (names.empty() ? 0 : 1) + (tag.empty() ? 0 : 1) + (all ? 1 : 0);
    if (selectors != 1) {
        return call->fail(ProblemKind::malformed, "One of jobs, tag and all must be given.");
    }
    context_.keeper.with_jobs(
        call, [this, names, tag, expect, use](const CallRef& asked, const JobIndex& index) {
            Names chosen = names;
            for (const std::string& name : names) {
                if (index.find(name) == nullptr) return fail_no_job(asked, index, name);
            }
            if (names.empty()) {
                JobFilter filter;
                if (!tag.empty()) filter.tags.push_back(tag);
                for (const IndexedJob* job :
                     index.select(filter, JobOrder::name, context_.engine.now())) {
                    chosen.push_back(job->job().name());
                }
            }
            if (expect && static_cast<std::size_t>(*expect) != chosen.size() &&
                !mutated(ServerMutant::expect_ignored)) {
                Problem problem{ProblemKind::count_differs,
                                "There are " + std::to_string(chosen.size()) + " such jobs, not " +
                                    std::to_string(*expect) + ". Nothing was done."};
                problem.members.emplace_back("count", std::to_string(chosen.size()));
                return asked->fail(problem);
            }
            if (chosen.empty()) {
                return asked->fail(ProblemKind::no_job, "There is no such job. Nothing was done.");
            }
            use(asked, chosen);
        });
}

void ChangeRoutes::set_pauses(const CallRef& call, const Names& names, std::optional<Pause> pause) {
    scheduler::SetPauses request{names, pause, call->body_text("note"), actor_of(call)};
    if (call->has_failed()) return;
    context_.calls.ask<std::size_t>(
        call, [this, request](auto then) { context_.engine.set_pauses(request, std::move(then)); },
        [this, names, pause](const CallRef& asked, Result<std::size_t> changed) {
            if (!changed) return asked->fail(problem_of(changed.error()));
            if (pause) context_.keeper.note_pause(names, asked->peer().actor);
            asked->answer(200, json_of(*changed, names, pause));
        });
}

void ChangeRoutes::pause(const CallRef& call) {
    const Pause pause{call->body_instant("until"), call->body_text("note")};
    if (call->has_failed()) return;
    with_job(call, [this, pause](const CallRef& asked, const Names& names) {
        set_pauses(asked, names, pause);
    });
}

void ChangeRoutes::resume(const CallRef& call) {
    with_job(call, [this](const CallRef& asked, const Names& names) {
        set_pauses(asked, names, std::nullopt);
    });
}

void ChangeRoutes::pause_many(const CallRef& call) {
    const Pause pause{call->body_instant("until"), call->body_text("note")};
    if (call->has_failed()) return;
    with_selection(call, [this, pause](const CallRef& asked, const Names& names) {
        set_pauses(asked, names, pause);
    });
}

void ChangeRoutes::resume_many(const CallRef& call) {
    with_selection(call, [this](const CallRef& asked, const Names& names) {
        set_pauses(asked, names, std::nullopt);
    });
}

void ChangeRoutes::trigger(const CallRef& call) {
    const std::string note = call->body_text("note");
    if (call->has_failed()) return;
    with_job(call, [this, note](const CallRef& asked, const Names& names) {
        const std::string name = names.front();
        scheduler::RunJob request{name, {}, actor_of(asked), note};
        // Of this actor: nobody learns by a key what somebody else has started.
        if (const auto key = asked->request().header("idempotency-key")) {
            request.key = asked->peer().actor + ' ' + std::string(*key);
        }
        context_.calls.ask<ExecutionId>(
            asked,
            [this, request](auto then) { context_.engine.trigger(request, std::move(then)); },
            [this, name](const CallRef& triggered, Result<ExecutionId> id) {
                if (!id) return fail_overlap(triggered, name, id.error());
                Response response;
                response.status = 201;
                base::JsonObject members(response.body);
                members.text("job", name);
                members.text("execution", id->text());
                members.end();
                response.body += '\n';
                response.headers.emplace_back("Location", "/v1/executions/" + id->text());
                triggered->answer(std::move(response));
            });
    });
}

// The engine says `unavailable` of a run that is in the way and of a storage that refuses; which of
// them it is shows what runs.
void ChangeRoutes::fail_overlap(const CallRef& call, const std::string& name, const Error& error) {
    if (error.code != ErrorCode::unavailable) return call->fail(problem_of(error));
    const IndexedJob* const job = context_.keeper.index().find(name);
    if (job == nullptr || job->running().empty()) return call->fail(problem_of(error));
    const std::string id = job->running().front().id.text();
    Problem problem{ProblemKind::overlap, "Execution " + id + " of '" + config::printable(name) +
                                              "' is still running: " + error.message + '.'};
    std::string text;
    base::append_json_text(text, id);
    problem.members.emplace_back("execution", std::move(text));
    call->fail(problem);
}

void ChangeRoutes::trigger_many(const CallRef& call) {
    if (call->has_failed()) return;
    with_selection(call, [this](const CallRef& asked, const Names& names) {
        const std::string note = asked->body_text("note");
        if (asked->has_failed()) return;
        std::string detail = std::to_string(names.size()) + " jobs";
        for (const std::string& name : names) {
            detail += (name == names.front() ? ": " : ", ") + name;
        }
        if (!note.empty()) detail += ": " + note;
        scheduler::AddNotes notes{{{WallTime{}, actor_of(asked), "trigger", {}, detail}}};
        context_.calls.ask<void>(
            asked, [this, notes](auto then) { context_.engine.add_notes(notes, std::move(then)); },
            [this, names](const CallRef& noted, Result<void> done) {
                if (!done) return noted->fail(problem_of(done.error()));
                trigger_all(noted, names);
            });
    });
}

// One message for each; JobBroadcaster takes what waits as one change.
void ChangeRoutes::trigger_all(const CallRef& call, const Names& names) {
    const auto triggered = std::make_shared<Triggered>(names);
    const auto key = call->request().header("idempotency-key");
    using Done = Triggered*;
    context_.calls.ask<Done>(
        call,
        [this, triggered, actor = call->peer().actor,
         key = key ? std::optional<std::string>(*key) : std::nullopt](auto then) {
            const std::shared_ptr<Loop>& loop = context_.calls.loop();
            for (std::size_t at = 0; at < triggered->names.size(); ++at) {
                scheduler::RunJob request{triggered->names[at], {}, {}, {}};
                if (key) request.key = actor + ' ' + *key;
                context_.engine.trigger(
                    std::move(request), [loop, triggered, at, then](Result<ExecutionId> id) {
                        // Counted where only one counts.
                        loop->post([triggered, at, then, id = std::move(id)] {
                            triggered->results[at] = id;
                            if (++triggered->answered == triggered->names.size()) {
                                then(triggered.get());
                            }
                        });
                    });
            }
        },
        [triggered](const CallRef& asked, Result<Done>) {
            asked->answer(200, json_of(*triggered));
        });
}

}  // namespace quantum::server
