#include "verify/slot_match.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "verify/words.hpp"

namespace quantum::verify {

namespace {

// A stretch while its due times are being counted.
struct StretchCount {
    explicit StretchCount(const Entry* stretch) : entry(stretch) {}

    const Entry* entry;
    std::uint32_t required = 0;
    std::uint32_t welcome = 0;
    std::optional<std::size_t> first;
    std::size_t last = 0;

    [[nodiscard]] bool full() const { return required >= entry->count; }
};

class Matcher {
public:
    Matcher(const JobRecords& records, const JobSlots& slots, const Timeline& timeline,
            const Surroundings& around, Findings& findings)
        : records_(records),
          slots_(slots),
          timeline_(timeline),
          around_(around),
          findings_(findings) {
        for (const Entry* stretch : records.stretches) stretches_.emplace_back(stretch);
    }

    std::vector<Decision> run() {
        const auto& slots = slots_.slots();
        const auto& entries = records_.entries;
        std::size_t entry = 0;
        for (std::size_t slot = 0; slot < slots.size(); ++slot) {
            while (entry < entries.size() && entries[entry]->due < slots[slot].due) {
                unscheduled(*entries[entry++]);
            }
            const std::size_t first = entry;
            while (entry < entries.size() && entries[entry]->due == slots[slot].due) ++entry;
            match(slot, first, entry);
        }
        while (entry < entries.size()) unscheduled(*entries[entry++]);
        for (const StretchCount& stretch : stretches_) close(stretch);
        std::sort(decisions_.begin(), decisions_.end(), [](const Decision& a, const Decision& b) {
            return std::pair(a.entry->due, a.entry->pass) < std::pair(b.entry->due, b.entry->pass);
        });
        return std::move(decisions_);
    }

private:
    // The entries [first, last) all carry the slot's due time.
    void match(std::size_t index, std::size_t first, std::size_t last) {
        const Slot& slot = slots_.slots()[index];
        find_chances(slot);
        taken_.assign(chances_.size(), false);
        const Entry* previous = nullptr;
        for (std::size_t i = first; i < last; ++i) {
            const Entry& entry = *records_.entries[i];
            if (previous != nullptr && previous->pass == entry.pass &&
                previous->target == entry.target) {
                findings_.add(FindingKind::doubled_claim, entry,
                              "the due time has two entries, " + words(*previous) + " and " +
                                  words(entry) + "; it may have one");
                continue;
            }
            previous = &entry;
            if (!take_chance(entry)) {
                repeated(entry);
                continue;
            }
            check_revision(slot, entry);
            decisions_.push_back({&entry, index, index});
        }
        for (std::size_t i = 0; i < chances_.size(); ++i) {
            if (!taken_[i]) uncovered(index, chances_[i]);
        }
    }

    void find_chances(const Slot& slot) {
        if (!slot.crossed || slot.running) {
            timeline_.occurrences(slot.due, slot.running, chances_);
            return;
        }
        timeline_.uncertain_occurrences(slot.due, chances_);
        const std::vector<Occurrence> once = chances_;
        for (std::size_t life = 1; life < slots_.lives(); ++life) {
            chances_.insert(chances_.end(), once.begin(), once.end());
        }
    }

    bool take_chance(const Entry& entry) {
        for (std::size_t i = 0; i < chances_.size(); ++i) {
            if (taken_[i]) continue;
            if (entry.pass < chances_[i].lowest_pass || entry.pass > chances_[i].highest_pass) {
                continue;
            }
            taken_[i] = true;
            return true;
        }
        return false;
    }

    void repeated(const Entry& entry) {
        if (taken_.empty() || std::find(taken_.begin(), taken_.end(), true) == taken_.end()) {
            findings_.add(FindingKind::phantom, entry,
                          "the entry counts as pass " + std::to_string(entry.pass) +
                              ", and no step of the clock made such a pass here");
            return;
        }
        findings_.add(FindingKind::doubled_claim, entry,
                      "the due time was used before the clock was set back, and was decided again "
                      "as pass " +
                          std::to_string(entry.pass) + " (" + words(entry) + ")");
    }

    void uncovered(std::size_t index, const Occurrence& chance) {
        const Slot& slot = slots_.slots()[index];
        const bool required = chance.required && !slot.paused && !slot.optional;
        while (next_stretch_ < stretches_.size() &&
               stretches_[next_stretch_].entry->due <= slot.due) {
            ++next_stretch_;
        }
        StretchCount* found = nullptr;
        // Stretches of one job hardly ever overlap: the walk back is short.
        std::size_t looked_at = 0;
        for (std::size_t i = next_stretch_; i-- > 0 && looked_at < 8; ++looked_at) {
            StretchCount& stretch = stretches_[i];
            if (last_due(*stretch.entry) < slot.due) continue;
            if (stretch.entry->pass < chance.lowest_pass ||
                stretch.entry->pass > chance.highest_pass) {
                continue;
            }
            // The latest pass that the chance allows: earlier ones have chances of their own.
            const auto rank = [](const StretchCount& one) {
                return std::pair(!one.full(), one.entry->pass);
            };
            if (found == nullptr || rank(stretch) > rank(*found)) found = &stretch;
        }
        if (found != nullptr) {
            ++(required ? found->required : found->welcome);
            if (!found->first) found->first = index;
            found->last = index;
            return;
        }
        if (required) {
            missing(slot);
        } else if (chance.required || slot.paused || slot.optional) {
            return;
        } else {
            undecided(slot);
        }
    }

    void missing(const Slot& slot) {
        std::string text = slot.gap_row
                               ? "a local time that a change of the clocks left out has no row "
                                 "skipped(dst_gap)"
                               : "the due time has no entry in the ledger";
        text += ", although everything up to " + words(timeline_.settled_until()) + " is decided";
        findings_.add(FindingKind::lost, records_.job, slot.due, text);
    }

    void undecided(const Slot& slot) {
        const std::optional<WallTime>& now = around_.history.now;
        if (!now || slot.due + around_.limits.settle > *now) return;
        if (timeline_.disturbed(slot.due, *now)) return;
        if (timeline_.seen_twice(slot.due)) return;
        findings_.add(FindingKind::stalled, records_.job, slot.due,
                      "due for " + words(*now - slot.due) +
                          " and not decided; nothing explains why the scheduler stands still");
    }

    void check_revision(const Slot& slot, const Entry& entry) {
        const JobRevision& revision = records_.revisions[slot.revision];
        if (timeline_.seen_twice(slot.due)) return;
        if (slot.paused && entry.state != EntryState::skipped &&
            entry.state != EntryState::coalesced) {
            findings_.add(FindingKind::ran_while_paused, entry,
                          "the job was paused from " + words(revision.effective_from) +
                              " and has an entry " + words(entry));
            return;
        }
        if (entry.revision == revision.revision) return;
        if (decided_before_change(slot, entry)) return;
        findings_.add(FindingKind::stale_revision, entry,
                      "decided by revision " + std::to_string(entry.revision) +
                          "; in force was revision " + std::to_string(revision.revision) +
                          " from " + words(revision.effective_from));
    }

    // Decided at the very instant of a change, just before it; of several changes, before any.
    bool decided_before_change(const Slot& slot, const Entry& entry) const {
        for (std::size_t i = slot.revision; i-- > 0;) {
            const JobRevision& earlier = records_.revisions[i];
            if (earlier.effective_to != slot.due) return false;
            if (earlier.revision == entry.revision && slots_.names(i, slot.due)) return true;
        }
        return false;
    }

    // An entry at an instant that no definition in force names.
    void unscheduled(const Entry& entry) {
        const auto& retained = around_.history.retained_from;
        if (retained && entry.due < *retained) return;
        for (std::size_t i = 0; i < records_.revisions.size(); ++i) {
            const JobRevision& revision = records_.revisions[i];
            if (revision.revision != entry.revision) continue;
            if (slots_.is_reboot(i) && reboot_due(revision, entry)) return;
            if (slots_.names(i, entry.due)) {
                findings_.add(FindingKind::stale_revision, entry,
                              "decided by revision " + std::to_string(entry.revision) +
                                  ", which was in force from " + words(revision.effective_from) +
                                  (revision.effective_to ? " to " + words(*revision.effective_to)
                                                         : std::string()) +
                                  " only");
                return;
            }
        }
        findings_.add(FindingKind::phantom, entry,
                      "nothing was due at this instant, and it has an entry " + words(entry));
    }

    // A run at reboot is due when the job is accepted or the scheduler is back.
    bool reboot_due(const JobRevision& revision, const Entry& entry) const {
        const auto near = [&](WallTime instant) {
            const Duration distance =
                entry.due > instant ? entry.due - instant : instant - entry.due;
            return distance <= around_.limits.settle;
        };
        if (near(revision.effective_from)) return true;
        return std::any_of(around_.history.outages.begin(), around_.history.outages.end(),
                           [&](const Outage& outage) {
                               return outage.kind == OutageKind::restart && outage.to &&
                                      near(*outage.to);
                           });
    }

    void close(const StretchCount& stretch) {
        const Entry& entry = *stretch.entry;
        const std::uint32_t most = stretch.required + stretch.welcome;
        const auto& retained = around_.history.retained_from;
        const bool cut = retained && entry.due < *retained;
        if (!cut && (entry.count < stretch.required || entry.count > most || most == 0)) {
            findings_.add(FindingKind::bad_stretch, entry,
                          "the row " + words(entry) + " from " + words(entry.due) + " to " +
                              words(last_due(entry)) + " counts " + std::to_string(entry.count) +
                              " due times; there are " + std::to_string(most) +
                              " that no other row has");
            return;
        }
        if (!stretch.first) return;
        const Slot& slot = slots_.slots()[stretch.last];
        check_revision(slot, entry);
        decisions_.push_back({&entry, *stretch.first, stretch.last});
    }

    const JobRecords& records_;
    const JobSlots& slots_;
    const Timeline& timeline_;
    const Surroundings& around_;
    Findings& findings_;
    std::vector<StretchCount> stretches_;
    std::size_t next_stretch_ = 0;
    std::vector<Decision> decisions_;
    std::vector<Occurrence> chances_;
    std::vector<bool> taken_;
};

}  // namespace

std::vector<Decision> match_slots(const JobRecords& records, const JobSlots& slots,
                                  const Timeline& timeline, const Surroundings& around,
                                  Findings& findings) {
    return Matcher(records, slots, timeline, around, findings).run();
}

}  // namespace quantum::verify
