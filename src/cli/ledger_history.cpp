#include "cli/ledger_history.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/time_text.hpp"

namespace quantum::cli {
namespace {

/// Revisions as the changes that made them, which is what the checker is told.
std::vector<JobChange> changes_of(const std::vector<JobRevision>& revisions) {
    std::vector<JobChange> changes;
    changes.reserve(revisions.size());
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        const JobRevision& revision = revisions[i];
        const bool known = i > 0 && revisions[i - 1].name == revision.name;
        changes.push_back({known ? JobChangeKind::updated : JobChangeKind::added, revision.name,
                           revision.stored});
        if (!revision.until) continue;
        const bool replaced = i + 1 < revisions.size() && revisions[i + 1].name == revision.name &&
                              revisions[i + 1].stored.effective_from == *revision.until;
        if (replaced) continue;
        changes.push_back(
            {JobChangeKind::deleted, revision.name, {nullptr, 1, *revision.until, {}, {}}});
    }
    return changes;
}

/// The notes that the scheduler itself left.
std::vector<verify::Outage> outages_of(const std::vector<AuditNote>& notes) {
    std::vector<verify::Outage> outages;
    for (const AuditNote& note : notes) {
        if (note.actor != "scheduler") continue;
        constexpr std::string_view prefix = "since ";
        if (!note.detail.starts_with(prefix)) continue;
        const auto from = parse_rfc3339(std::string_view(note.detail).substr(prefix.size()));
        if (!from) continue;
        if (note.action == "start") {
            outages.push_back({verify::OutageKind::restart, *from, note.at});
        } else if (note.action == "late") {
            outages.push_back({verify::OutageKind::fault, *from, note.at});
        }
    }
    return outages;
}

}  // namespace

Result<verify::History> history_of(const Ledger& ledger) {
    verify::History history;
    const auto bounds = ledger.bounds();
    if (!bounds) return tl::unexpected(bounds.error());
    history.watermark = bounds->watermark;
    history.retained_from = bounds->from;
    const auto revisions = ledger.revisions(std::nullopt);
    if (!revisions) return tl::unexpected(revisions.error());
    history.add_changes(changes_of(*revisions));
    auto steps = ledger.clock_steps();
    if (!steps) return tl::unexpected(std::move(steps).error());
    history.steps = std::move(*steps);
    const auto notes = ledger.audit(static_cast<std::size_t>(-1));
    if (!notes) return tl::unexpected(notes.error());
    history.outages = outages_of(*notes);
    return history;
}

}  // namespace quantum::cli
