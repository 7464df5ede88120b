#include "verify/slot_match.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "verify/chance_matching.hpp"
#include "verify/stretch_counts.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

class Matcher {
public:
    Matcher(const JobView& job, const MatchPart& part, SlotStream& slots, JobFindings& findings)
        : job_(job),
          records_(job.records),
          definitions_(job.definitions),
          timeline_(job.timeline),
          part_(part),
          slots_(slots),
          findings_(findings),
          stretches_(part.stretches) {}

    Matched run() {
        const auto& rows = part_.rows;
        std::size_t row = 0;
        for (;;) {
            leave_out_corrections(row < rows.size() ? rows[row]->due : part_.end);
            const Slot* next = slots_.next(part_.end);
            if (next == nullptr) break;
            const Slot slot = *next;
            ++result_.due_times;
            while (row < rows.size() && rows[row]->due < slot.due) unscheduled(*rows[row++]);
            const std::size_t first = row;
            while (row < rows.size() && rows[row]->due == slot.due) ++row;
            match(slot, first, row);
        }
        while (row < rows.size()) unscheduled(*rows[row++]);
        stretches_.close([this](const Row& one) {
            return job_.around.before_the_edge(one) || job_.lost_its_definition(one);
        });
        for (const StretchCount& stretch : stretches_.all()) close(stretch);
        std::sort(result_.decisions.begin(), result_.decisions.end(),
                  [](const Decision& a, const Decision& b) {
                      return std::pair(a.row->due, a.row->pass) <
                             std::pair(b.row->due, b.row->pass);
                  });
        return std::move(result_);
    }

private:
    // A correction of the clock may have passed over half a century: where no row is, none has to
    // be.
    void leave_out_corrections(WallTime next_row) {
        const WallTime at = slots_.position();
        if (at < looked_until_) return;
        const auto end = timeline_.passed_over_until(at);
        looked_until_ = end ? *end : at + std::chrono::hours(1);
        if (!end) return;
        WallTime to = std::min({*end, next_row, part_.end});
        for (const StretchCount& stretch : stretches_.all()) {
            if (stretch.row->until >= at) to = std::min(to, stretch.row->due);
        }
        slots_.skip_to(to);
    }

    // The rows [first, last) all carry the slot's due time.
    void match(const Slot& slot, std::size_t first, std::size_t last) {
        find_chances(slot);
        for (Occurrence& chance : chances_) {
            chance.required = chance.required && !slot.paused && !slot.optional;
        }
        find_rows(first, last);
        matching_.place_rows(chances_, passes_);
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const Row& row = *candidates_[i];
            if (matching_.chance_of_row(i) == ChanceMatching::none) {
                repeated(row);
                continue;
            }
            check_revision(slot, row);
            result_.decisions.push_back({&row, slot, slot});
        }
        if (candidates_.size() < chances_.size()) look_for_stretches(slot);
    }

    void find_rows(std::size_t first, std::size_t last) {
        candidates_.clear();
        passes_.clear();
        for (std::size_t i = first; i < last; ++i) {
            const Row& row = *part_.rows[i];
            const Row* previous = candidates_.empty() ? nullptr : candidates_.back();
            if (previous != nullptr && previous->pass == row.pass &&
                previous->target == row.target) {
                findings_.add(FindingKind::doubled_claim, row,
                              "the due time has two entries, " + words(*previous) + " and " +
                                  words(row) + "; it may have one");
                continue;
            }
            candidates_.push_back(&row);
            passes_.push_back(row.pass);
        }
    }

    void find_chances(const Slot& slot) {
        if (!slot.crossed || slot.running) {
            timeline_.occurrences(slot.due, slot.running, chances_);
            return;
        }
        timeline_.uncertain_occurrences(slot.due, chances_);
        const std::vector<Occurrence> once = chances_;
        for (std::size_t life = 1; life < definitions_.lives(); ++life) {
            chances_.insert(chances_.end(), once.begin(), once.end());
        }
    }

    void repeated(const Row& row) {
        bool used = false;
        for (std::size_t i = 0; i < chances_.size(); ++i) used = used || matching_.is_answered(i);
        if (!used) {
            findings_.add(FindingKind::phantom, row,
                          "the entry counts as pass " + std::to_string(row.pass) +
                              ", and no step of the clock made such a pass here");
            return;
        }
        findings_.add(FindingKind::doubled_claim, row,
                      "the due time was used before the clock was set back, and was decided again "
                      "as pass " +
                          std::to_string(row.pass) + " (" + words(row) + ")");
    }

    void look_for_stretches(const Slot& slot) {
        stretches_.count(slot, matching_);
        for (std::size_t i = 0; i < chances_.size(); ++i) {
            if (matching_.is_answered(i)) continue;
            if (chances_[i].required) {
                missing(slot);
            } else if (!slot.paused && !slot.optional) {
                undecided(slot);
            }
        }
    }

    void missing(const Slot& slot) {
        std::string text = slot.gap_row
                               ? "a local time that a change of the clocks left out has no row "
                                 "skipped(dst_gap)"
                               : "the due time has no entry in the ledger";
        text += ", although everything up to " + words(timeline_.settled_until()) + " is decided";
        findings_.add(FindingKind::lost, slot.due, text);
    }

    void undecided(const Slot& slot) {
        const std::optional<WallTime>& now = job_.around.history.now;
        if (!now || slot.due + job_.around.limits.settle > *now) return;
        if (timeline_.disturbed(slot.due, *now)) return;
        if (timeline_.seen_twice(slot.due)) return;
        findings_.add(FindingKind::stalled, slot.due,
                      "due for " + words(*now - slot.due) +
                          " and not decided; nothing explains why the scheduler makes no progress");
    }

    void check_revision(const Slot& slot, const Row& row) {
        const JobRevision& revision = records_.revisions[slot.revision];
        if (timeline_.seen_twice(slot.due)) return;
        if (slot.paused && let_run(row)) {
            findings_.add(FindingKind::ran_while_paused, row,
                          "the job was paused from " + words(revision.effective_from) +
                              " and has an entry " + words(row));
            return;
        }
        if (row.revision == revision.revision) return;
        if (decided_before_change(slot, row)) return;
        findings_.add(FindingKind::stale_revision, row,
                      "decided by revision " + std::to_string(row.revision) +
                          "; in force was revision " + std::to_string(revision.revision) +
                          " from " + words(revision.effective_from));
    }

    // Decided at the very instant of a change, just before it; of several changes, before any.
    bool decided_before_change(const Slot& slot, const Row& row) const {
        for (std::size_t i = slot.revision; i-- > 0;) {
            const JobRevision& earlier = records_.revisions[i];
            if (earlier.effective_to != slot.due) return false;
            if (earlier.revision == row.revision && definitions_.names(i, slot.due)) return true;
        }
        return false;
    }

    // A row at an instant that no definition in force names.
    void unscheduled(const Row& row) {
        if (job_.around.before_the_edge(row) || job_.lost_its_definition(row)) return;
        for (std::size_t i = 0; i < records_.revisions.size(); ++i) {
            const JobRevision& revision = records_.revisions[i];
            if (revision.revision != row.revision) continue;
            if (definitions_.is_reboot(i) && reboot_due(revision, row)) return;
            if (definitions_.names(i, row.due)) {
                findings_.add(FindingKind::stale_revision, row,
                              "decided by revision " + std::to_string(row.revision) +
                                  ", which was in force from " + words(revision.effective_from) +
                                  (revision.effective_to ? " to " + words(*revision.effective_to)
                                                         : std::string()) +
                                  " only");
                return;
            }
        }
        findings_.add(FindingKind::phantom, row,
                      "nothing was due at this instant, and it has an entry " + words(row));
    }

    // A run at reboot is due when the job is accepted or the scheduler is back.
    bool reboot_due(const JobRevision& revision, const Row& row) const {
        const Duration settle = job_.around.limits.settle;
        const auto near = [&](WallTime instant) {
            return row.due <= instant + settle && instant <= row.due + settle;
        };
        if (near(revision.effective_from)) return true;
        const auto& outages = job_.around.history.outages;
        return std::any_of(outages.begin(), outages.end(), [&](const Outage& outage) {
            return outage.kind == OutageKind::restart && outage.to && near(*outage.to);
        });
    }

    void close(const StretchCount& stretch) {
        const Row& row = *stretch.row;
        if (const std::string wrong = stretches_.what_is_wrong(stretch); !wrong.empty()) {
            findings_.add(FindingKind::bad_stretch, row,
                          "the row " + words(row) + " from " + words(row.due) + " to " +
                              words(row.until) + " counts " + std::to_string(row.count) +
                              " due times; " + wrong);
            return;
        }
        if (!stretch.first) return;
        check_revision(stretch.last, row);
        result_.decisions.push_back({&row, *stretch.first, stretch.last});
    }

    const JobView& job_;
    const JobRecords& records_;
    const Definitions& definitions_;
    const ClockHistory& timeline_;
    const MatchPart& part_;
    SlotStream& slots_;
    JobFindings& findings_;
    StretchCounts stretches_;
    WallTime looked_until_ = WallTime::min();
    Matched result_;
    ChanceMatching matching_;
    // Of the due time that is being looked at.
    std::vector<Occurrence> chances_;
    std::vector<const Row*> candidates_;
    std::vector<std::uint32_t> passes_;
};

}  // namespace

Matched match_slots(const JobView& job, const MatchPart& part, SlotStream& slots,
                    JobFindings& findings) {
    return Matcher(job, part, slots, findings).run();
}

}  // namespace quantum::verify
