#include "server/daemon_routes.hpp"

#include <cstdint>
#include <memory>
#include <utility>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

/// Whoever asks waits 2 s, and so hears why there is no better answer.
constexpr Duration pulse_within = std::chrono::milliseconds(1800);
constexpr Duration longest_drain = std::chrono::hours(24 * 366);

Problem other_plan() {
    return {ProblemKind::plan_differs,
            "the files, or the jobs, are not those that were planned; nothing has changed; see "
            "`quantum plan`"};
}

Response plain(unsigned status, std::string_view word) {
    Response response;
    response.status = status;
    response.type = "text/plain; charset=utf-8";
    response.body = std::string(word) + '\n';
    return response;
}

/// What storage and ledger say; read on the reading thread.
struct Health {
    StorageHealth storage{};
    LedgerBounds bounds{};
};

}  // namespace

void DaemonRoutes::with_pulse(const CallRef& call, std::function<void(const CallRef&, bool)> use) {
    const auto is_known = std::make_shared<bool>(false);
    const std::shared_ptr<Loop>& loop = context_.calls.loop();
    const auto answer = [is_known, call, use = std::move(use)](bool goes_on) {
        if (std::exchange(*is_known, true) || call->is_answered()) return;
        use(call, goes_on);
    };
    context_.engine.ping([loop, answer] { loop->post([answer] { answer(true); }); });
    loop->after(pulse_within, [answer] { answer(mutated(ServerMutant::hung_is_running)); });
}

void DaemonRoutes::live(const CallRef& call) {
    with_pulse(call, [](const CallRef& asked, bool goes_on) {
        asked->answer(plain(goes_on ? 200 : 503, goes_on ? "live" : "hung"));
    });
}

void DaemonRoutes::ready(const CallRef& call) {
    with_pulse(call, [this](const CallRef& asked, bool goes_on) {
        if (!goes_on) return asked->answer(plain(503, "hung"));
        context_.calls.read<StorageHealth>(
            asked, [this] { return Result<StorageHealth>(context_.engine.health()); },
            [this](const CallRef& read, Result<StorageHealth> health) {
                if (!context_.engine.facts().is_running) {
                    return read->answer(plain(503, "stopped"));
                }
                const bool is_well = !health->is_degraded;
                read->answer(plain(is_well ? 200 : 503, is_well ? "ready" : "degraded"));
            });
    });
}

void DaemonRoutes::version(const CallRef& call) {
    const EngineFacts& facts = context_.engine.facts();
    std::string body;
    base::JsonObject members(body);
    members.number("api", 1);
    members.text("version", facts.version);
    members.text("node", facts.node);
    members.text("role", to_string(call->peer().role));
    members.text("actor", call->peer().actor);
    members.end();
    call->answer(200, std::move(body));
}

// Both at once, and in time even if a slow read is before this one: then without the ledger.
void DaemonRoutes::status(const CallRef& call) {
    struct Known {
        std::optional<bool> goes_on{};
        std::optional<Health> health{};
    };
    const auto known = std::make_shared<Known>();
    const auto settle = [this, known](const CallRef& asked, bool is_late) {
        if (asked->is_answered() || (!is_late && (!known->goes_on || !known->health))) return;
        const Health health = known->health.value_or(Health{});
        answer_status(asked, known->goes_on.value_or(false), health.storage, health.bounds);
    };
    context_.calls.read<Health>(
        call,
        [this] {
            Health health{context_.engine.health(), {}};
            if (const Ledger* const ledger = context_.engine.ledger()) {
                health.bounds = ledger->bounds().value_or(LedgerBounds{});
            }
            return Result<Health>(std::move(health));
        },
        [known, settle](const CallRef& read, Result<Health> health) {
            known->health = std::move(*health);
            settle(read, false);
        });
    with_pulse(call, [known, settle](const CallRef& asked, bool goes_on) {
        known->goes_on = goes_on;
        settle(asked, !goes_on);
    });
    context_.calls.loop()->after(pulse_within, [settle, late = std::weak_ptr<Call>(call)] {
        if (const CallRef asked = late.lock()) settle(asked, true);
    });
}

void DaemonRoutes::answer_status(const CallRef& call, bool goes_on, const StorageHealth& health,
                                 const LedgerBounds& bounds) {
    const EngineFacts& facts = context_.engine.facts();
    const WallTime now = context_.engine.now();
    std::string body;
    base::JsonObject members(body);
    members.text("status", !facts.is_running    ? "stopped"
                           : !goes_on           ? "hung"
                           : health.is_degraded ? "degraded"
                                                : "running");
    if (facts.pid != 0) members.number("pid", facts.pid);
    members.text("version", facts.version);
    members.text("node", facts.node);
    if (!facts.state_directory.empty()) members.text("state", facts.state_directory);
    if (facts.started != WallTime{}) members.text("started", base::rfc3339(facts.started));
    if (health.since) members.text("degraded_since", base::rfc3339(*health.since));
    if (health.is_degraded) members.text("why", health.reason);
    if (!health.bad_files.empty()) {
        members.key("bad_files");
        base::JsonArray files(body);
        for (const std::string& file : health.bad_files) files.text(file);
        files.end();
    }
    if (bounds.watermark) members.text("decided_until", base::rfc3339(*bounds.watermark));
    if (bounds.from) members.text("kept_from", base::rfc3339(*bounds.from));
    members.text("zone_data", facts.zone_data);
    members.text("now", base::rfc3339(now));
    // As far as somebody has asked for jobs yet: the health of a daemon is told without its table.
    const JobIndex& index = context_.keeper.index();
    if (index.size() > 0) {
        const JobIndex::Counts counts = index.counts(now);
        members.key("jobs");
        base::JsonObject jobs(body);
        jobs.number("total", static_cast<std::int64_t>(counts.jobs));
        jobs.number("running", static_cast<std::int64_t>(counts.running));
        jobs.number("paused", static_cast<std::int64_t>(counts.paused));
        jobs.number("inactive", static_cast<std::int64_t>(counts.inactive));
        jobs.number("failing", static_cast<std::int64_t>(counts.failing));
        jobs.end();
        if (const IndexedJob* const first = index.due_first(now)) {
            members.text("next_due", base::rfc3339(*JobIndex::next_due(*first, now)));
            members.text("next_job", first->job().name());
        }
    }
    members.end();
    call->answer(200, std::move(body));
}

void DaemonRoutes::reload(const CallRef& call) {
    const std::string note = call->body_text("note");
    const std::string plan = call->body_text("plan");
    if (call->has_failed()) return;
    scheduler::AddNotes notes{{{WallTime{}, call->peer().actor, "reload", {}, note}}};
    context_.calls.ask<void>(
        call, [this, notes](auto then) { context_.engine.add_notes(notes, std::move(then)); },
        [this, plan](const CallRef& noted, Result<void> done) {
            if (!done) return noted->fail(problem_of(done.error()));
            // Files may be slow: the answer has the time that a request has, not that of a call.
            const std::shared_ptr<Loop> loop = context_.calls.loop();
            context_.engine.reload(
                noted->peer().actor, plan, [loop, noted](Result<ReloadReport> report) {
                    loop->post([noted, report = std::move(report)] {
                        if (!report) {
                            Problem problem = problem_of(report.error());
                            if (report.error().code == ErrorCode::invalid_argument) {
                                problem.kind = ProblemKind::invalid_job;
                            }
                            return noted->fail(problem);
                        }
                        if (report->plan_differs) return noted->fail(other_plan());
                        std::string body;
                        base::JsonObject members(body);
                        members.number("added", static_cast<std::int64_t>(report->added));
                        members.number("changed", static_cast<std::int64_t>(report->changed));
                        members.number("removed", static_cast<std::int64_t>(report->removed));
                        members.number("unchanged", static_cast<std::int64_t>(report->unchanged));
                        members.end();
                        noted->answer(200, std::move(body));
                    });
                });
        });
}

void DaemonRoutes::drain(const CallRef& call) {
    const auto timeout = call->body_duration("timeout");
    const std::string note = call->body_text("note");
    if (timeout && *timeout > longest_drain) call->refuse("/timeout", "timeout is too long");
    if (call->has_failed()) return;
    scheduler::AddNotes notes{{{WallTime{}, call->peer().actor, "drain", {}, note}}};
    context_.calls.ask<void>(
        call, [this, notes](auto then) { context_.engine.add_notes(notes, std::move(then)); },
        [this, timeout](const CallRef& noted, Result<void>) {
            context_.calls.ask<void>(
                noted,
                [this, timeout, actor = noted->peer().actor](auto then) {
                    context_.engine.drain(actor, timeout, std::move(then));
                },
                [](const CallRef& asked, Result<void> done) {
                    if (!done) return asked->fail(problem_of(done.error()));
                    asked->answer(202, R"({"draining":true})");
                });
        });
}

}  // namespace quantum::server
