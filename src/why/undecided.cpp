#include "why/undecided.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "model/policy_words.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/entries/retry_policy.hpp"
#include "why/entry_causes.hpp"
#include "why/mutant.hpp"
#include "why/pause_text.hpp"
#include "why/trouble.hpp"

namespace quantum::why {
namespace {

using Causes = std::vector<Cause>;
using times::span_text;

bool is_paused_at(const Job& job, WallTime instant) {
    return job.pause() && (!job.pause()->until || instant < *job.pause()->until);
}

Row watermark_row(const Context& context) {
    return {Row::Kind::watermark, "decided", context.facts.bounds().watermark};
}

/// What the policy would say of a missed due time if a scheduler started now.
std::string policy_text(const Context& context, const Job& job, WallTime due) {
    const WallTime now = context.say.now();
    const Schedule& schedule = *job.schedule();
    const auto too_late = [&](WallTime when) {
        return now - when > scheduler::grace_of(job, when) && !mutated(WhyMutant::grace_not_asked);
    };
    const auto grace_text = [&](WallTime when) {
        return span_text(scheduler::grace_of(job, when));
    };
    if (job.misfire() == Misfire::skip) return "be skipped, because misfire = skip";
    if (job.misfire() == Misfire::all) {
        if (too_late(due))
            return "be skipped, because it is later than its grace of " + grace_text(due);
        std::size_t later = 0;
        for (auto next = schedule.next(due); next && *next <= now && later <= job.misfire_cap();
             next = schedule.next(*next)) {
            ++later;
        }
        return later < job.misfire_cap() ? "be run (misfire = all)"
                                         : "be skipped, because it is over misfire_cap = " +
                                               std::to_string(job.misfire_cap());
    }
    const WallTime latest = schedule.prev(now).value_or(due);
    if (too_late(latest)) {
        return "be skipped, because the latest is later than its grace of " + grace_text(latest);
    }
    if (latest == due) return "be run, within its grace of " + grace_text(due);
    return "be covered by the run of " + context.say.at(latest) + " (misfire = one)";
}

Cause down(const Context& context, const JobRevision& revision, WallTime due) {
    const auto& decided = context.facts.bounds().watermark;
    std::string text = "No scheduler is running";
    if (decided) text += "; due times were last decided at " + context.say.at(*decided);
    text += ". It is not decided yet: if one started now, it would " +
            policy_text(context, *revision.stored.job, due) + '.';
    return {Code::down,
            std::move(text),
            {watermark_row(context), holder_row(context), row_of(revision)}};
}

Cause undecided(const Context& context, WallTime due) {
    const Presence& presence = context.setting.presence;
    const Duration late = context.say.now() - due;
    std::string text = "It was due " + span_text(late) + " ago and is not decided: ";
    const auto trouble =
        context.setting.engine == nullptr ? std::nullopt : context.setting.engine->trouble();
    Cause cause{Code::undecided, {}, {watermark_row(context), holder_row(context)}};
    if (presence.is_suspended) {
        text += "a signal has stopped the scheduler.";
    } else if (presence.is_degraded || trouble) {
        const auto since = trouble ? trouble->since : presence.degraded_since;
        text += "the storage refuses";
        if (since) text += " since " + context.say.at(*since);
        text += " (" + (trouble ? trouble->reason : presence.reason) + ").";
    } else if (context.setting.engine != nullptr && context.setting.engine->is_draining()) {
        text += "the scheduler is stopping; the next start decides about it.";
    } else if (late <= context.setting.settle) {
        text += "that takes a moment.";
    } else {
        text += "the scheduler is late. This is an alarm.";
    }
    cause.sentence = std::move(text);
    return cause;
}

/// What a claimed run, which a start goes on with, means for a due time before which it counts.
Result<std::optional<Cause>> claim_in_the_way(const Context& context, const Job& job) {
    if (job.overlap() != Overlap::skip) return std::optional<Cause>();
    const auto open =
        context.ledger.entries({.job = job.name(), .state = EntryState::claimed, .limit = 1});
    if (!open) return tl::unexpected(open.error());
    if (open->empty()) return std::optional<Cause>();
    return std::optional<Cause>(
        Cause{Code::claimed,
              context.say.run(open->front()) +
                  " waits as well, and a start goes on with it: what would run meanwhile is "
                  "skipped (overlap = skip).",
              {row_of(open->front())}});
}

/// Why nothing is decided above the watermark.
Result<Causes> above_watermark(const Context& context, const JobRevision& revision, WallTime due) {
    const bool is_there = context.setting.presence.is_held ? !mutated(WhyMutant::alarm_is_down)
                                                           : mutated(WhyMutant::down_is_undecided);
    if (is_there) return Causes{undecided(context, due)};
    Causes causes{down(context, revision, due)};
    auto other = claim_in_the_way(context, *revision.stored.job);
    if (!other) return tl::unexpected(std::move(other).error());
    if (*other) causes.push_back(**std::move(other));
    return causes;
}

Result<Causes> open_pause(const Context& context, const JobRevision& revision) {
    Cause cause{Code::skipped_paused, {}, {}};
    const auto text = pause_text(context, &revision, cause.rows);
    if (!text) return tl::unexpected(text.error());
    cause.sentence =
        "It did not run: " + *text + ". The row is written when the pause ends or the job changes.";
    return Causes{std::move(cause)};
}

/// A clock that was set explains it, so far as wall times tell.
Result<std::optional<Cause>> clock_cause(const Context& context, WallTime due) {
    constexpr Duration around = std::chrono::seconds(10);
    const auto troubles = troubles_between(context, due - around, due + around);
    if (!troubles) return tl::unexpected(troubles.error());
    for (const Trouble& one : *troubles) {
        const bool passed_over =
            one.kind == Trouble::Kind::correction && !mutated(WhyMutant::correction_is_a_defect);
        if (one.kind != Trouble::Kind::backward && !passed_over) continue;
        Cause cause = cause_of(context, one);
        cause.sentence += passed_over ? " This instant never came."
                                      : " This instant came twice, and wall times do not tell "
                                        "which of them is meant.";
        return std::optional<Cause>(std::move(cause));
    }
    return std::optional<Cause>();
}

Cause broken(const Context& context, const JobRevision& revision) {
    if (mutated(WhyMutant::lost_is_explained)) {
        return {Code::undecided, "It is not decided.", {watermark_row(context)}};
    }
    return {
        Code::broken,
        "It was due, nobody decided about it, and nothing explains that: `quantum verify` calls "
        "it lost. This is a defect; please report it with the output of `quantum verify "
        "--json`.",
        {watermark_row(context), row_of(revision)}};
}

Cause too_old(const Context& context, const JobRevision& revision) {
    const WallTime edge = *context.facts.bounds().from;
    return {Code::too_old,
            "Rows from before " + context.say.at(edge) +
                " are gone (retention); by the definition of then it was due.",
            {{Row::Kind::retention, "kept", edge}, row_of(revision)}};
}

}  // namespace

Result<Causes> why_no_row(const Context& context, const JobRevision& revision, WallTime due) {
    const LedgerBounds& bounds = context.facts.bounds();
    const Job& job = *revision.stored.job;
    if (bounds.from && due < *bounds.from && !mutated(WhyMutant::retention_is_a_defect)) {
        return Causes{too_old(context, revision)};
    }
    if (is_paused_at(job, due) && !revision.until && !mutated(WhyMutant::open_pause_is_a_defect)) {
        return open_pause(context, revision);
    }
    auto clock = clock_cause(context, due);
    if (!clock) return tl::unexpected(std::move(clock).error());
    const bool is_settled = bounds.watermark && due <= *bounds.watermark;
    if (*clock) return Causes{**std::move(clock)};
    if (!is_settled) return above_watermark(context, revision, due);
    return Causes{broken(context, revision)};
}

namespace {

/// What an open run means for a due time to come, if it is the next one.
Result<std::optional<Cause>> run_in_the_way(const Context& context, const JobRevision& revision,
                                            WallTime due) {
    const Job& job = *revision.stored.job;
    const auto before = job.schedule()->prev(due);
    const bool is_next = !before || *before <= context.say.now();
    if (job.overlap() == Overlap::allow || !is_next) return std::optional<Cause>();
    const auto open =
        context.ledger.entries({.job = job.name(), .state = EntryState::started, .limit = 1});
    if (!open) return tl::unexpected(open.error());
    if (open->empty()) return std::optional<Cause>();
    const Entry& run = open->front();
    std::string text = context.say.run(run) + " is still running; if it is then, ";
    switch (job.overlap()) {
        case Overlap::skip:
            text += "this one is skipped";
            break;
        case Overlap::queue:
            text += "this one waits for it";
            break;
        case Overlap::replace:
        case Overlap::allow:
            text += "it is ended";
            break;
    }
    text += " (overlap = " + std::string(model::word(job.overlap())) + ").";
    return std::optional<Cause>(Cause{Code::running, std::move(text), {row_of(run)}});
}

}  // namespace

Result<Causes> what_will_be(const Context& context, const JobRevision& revision, WallTime due) {
    const Job& job = *revision.stored.job;
    Causes causes;
    if (is_paused_at(job, due) && !mutated(WhyMutant::future_pause_runs)) {
        Cause cause{Code::will_not, {}, {}};
        const auto text = pause_text(context, &revision, cause.rows);
        if (!text) return tl::unexpected(text.error());
        cause.sentence = "It will be skipped: " + *text + '.';
        return Causes{std::move(cause)};
    }
    if (!context.setting.presence.is_held) {
        causes.push_back({Code::down,
                          "No scheduler is running: it runs only if one has been started by then.",
                          {holder_row(context)}});
    }
    std::string text = "It will run " + context.say.times().relative(due);
    const Duration jitter = scheduler::jitter_of(job.name(), job.policies().jitter);
    if (jitter > Duration::zero()) {
        text += ", " + span_text(jitter) + " later because of its jitter";
    }
    const Engine* const engine = context.setting.engine;
    if (engine != nullptr && !engine->is_bound(job.name())) {
        causes.push_back({Code::will_not,
                          "It will not run: nobody has bound its function.",
                          {{Row::Kind::engine, "scheduler", context.say.now()}}});
    }
    causes.push_back({Code::will_run, text + '.', {row_of(revision)}});
    auto other = run_in_the_way(context, revision, due);
    if (!other) return tl::unexpected(std::move(other).error());
    if (*other) causes.push_back(**std::move(other));
    return causes;
}

}  // namespace quantum::why
