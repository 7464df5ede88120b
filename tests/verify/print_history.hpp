#pragma once

#include <iostream>
#include <string>

#include "quantum/verify.hpp"

#include "verify/words.hpp"

namespace quantum::test {

/// For who looks into a failing seed: everything on record of one job.
/// `*`: of all.
inline void print(const verify::History& history, const std::string& name) {
    using verify::words;
    std::ostream& out = std::cerr;
    for (const verify::JobRevision& revision : history.jobs) {
        if (name != "*" && revision.job != name) continue;
        if (name == "*") out << revision.job << ' ';
        out << "revision " << revision.revision << " from " << words(revision.effective_from)
            << " to " << (revision.effective_to ? words(*revision.effective_to) : "now")
            << (revision.active ? "" : " paused") << " overlap "
            << static_cast<int>(revision.overlap) << " misfire "
            << static_cast<int>(revision.misfire);
        for (const auto& text : revision.schedules) out << " '" << text.text << "' " << text.zone;
        out << '\n';
    }
    for (const Entry& entry : history.entries) {
        if (name != "*" && entry.job != name) continue;
        if (name == "*") out << entry.job << ' ';
        out << words(entry.due) << " x" << entry.count << " pass " << entry.pass << " revision "
            << entry.revision << " attempt " << entry.attempt << ' ' << words(entry) << " claimed "
            << words(entry.claimed_at);
        if (entry.state != EntryState::skipped && entry.reason != SkipReason::none) {
            out << '(' << to_string(entry.reason) << ')';
        }
        if (entry.handed_at) out << " started " << words(*entry.handed_at);
        if (entry.started_at) out << " began " << words(*entry.started_at);
        if (entry.ended_at) out << " ended " << words(*entry.ended_at);
        out << (entry.kind == ExecutionKind::manual ? " by hand\n" : "\n");
    }
    for (const verify::Outage& outage : history.outages) {
        out << "outage " << static_cast<int>(outage.kind) << ' ' << words(outage.from) << " to "
            << (outage.to ? words(*outage.to) : "now") << '\n';
    }
    for (const StepNote& step : history.steps) {
        out << "step " << words(step.before) << " to " << words(step.after) << " pass " << step.pass
            << " used " << words(step.fixed_times_done_until) << " repeated until "
            << words(step.repeated_until) << '\n';
    }
    if (history.watermark) out << "watermark " << words(*history.watermark) << '\n';
    if (history.retained_from) out << "retained from " << words(*history.retained_from) << '\n';
    if (history.now) out << "now " << words(*history.now) << '\n';
    if (!history.witnesses) return;
    for (const verify::Witness& witness : *history.witnesses) {
        if (name != "*" && witness.job != name) continue;
        if (name == "*") out << witness.job << ' ';
        out << "seen " << words(witness.due) << " attempt " << witness.attempt << " at "
            << words(witness.started_wall) << " for "
            << (witness.ended ? words(*witness.ended - witness.started) : "ever") << '\n';
    }
}

}  // namespace quantum::test
