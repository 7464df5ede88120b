#include "verify/cover_check.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "verify/words.hpp"

namespace quantum::verify {

namespace {
// Of a sound ledger it is one at a time.
constexpr std::size_t most_expected = 100'000;
}  // namespace

void CoverCheck::look_at(const Row& row, JobFindings& findings) {
    if (expected_.empty()) return;
    const auto [first, last] = expected_.equal_range(row.id);
    if (first == last) return;
    std::vector<Coalesced> further;
    for (auto it = first; it != last; ++it) {
        Coalesced& covered = it->second;
        if (row.due <= covered.reached) {
            dangling(covered, "the run that covers it was due at " + words(row.due) + ", not later",
                     findings);
        } else if (row.state != EntryState::coalesced) {
            const bool at_once = !row.ended_at || *row.ended_at <= row.claimed_at;
            if (skipped_as(row, SkipReason::misfire) && at_once) {
                dangling(covered, "the run that covers it was skipped as too late", findings);
            }
        } else if (!row.covered()) {
            dangling(covered, "the run that covers it is covered by nothing", findings);
        } else {
            // A covering run that was itself coalesced after a crash names the next one.
            covered.reached = row.until;
            further.push_back(covered);
        }
    }
    expected_.erase(first, last);
    for (const Coalesced& covered : further) expected_.emplace(row.covered_by, covered);
}

void CoverCheck::expect(const Row& row, JobFindings& findings) {
    const Coalesced covered{row.id, row.due, row.until};
    if (!row.covered()) return dangling(covered, "no run is named that covers it", findings);
    if (expected_.size() >= most_expected) {
        return dangling(covered, "so are very many others, and no run that covers them follows",
                        findings);
    }
    expected_.emplace(row.covered_by, covered);
}

void CoverCheck::finish(const FindById& find, JobFindings& findings) {
    std::vector<std::pair<ExecutionId, Coalesced>> rest(expected_.begin(), expected_.end());
    expected_.clear();
    std::sort(rest.begin(), rest.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second.due, a.second.id) < std::tie(b.second.due, b.second.id);
    });
    for (const auto& [cover, covered] : rest) {
        const auto found = find(cover);
        std::string why = "the run that covers it (" + cover.text() + ") is not in the ledger";
        if (found && found->job != findings.job()) {
            why = "the run that covers it belongs to the job '" + found->job + "'";
        } else if (found) {
            why = "the run that covers it was due at " + words(found->due) + ", not later";
        }
        dangling(covered, why, findings);
    }
}

void CoverCheck::dangling(const Coalesced& row, const std::string& why, JobFindings& findings) {
    findings.add(FindingKind::dangling_coalesce, row.due, "coalesced, and " + why, row.id);
}

}  // namespace quantum::verify
