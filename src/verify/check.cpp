#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/findings.hpp"
#include "verify/interval_set.hpp"
#include "verify/job_records.hpp"
#include "verify/job_slots.hpp"
#include "verify/open_runs.hpp"
#include "verify/policy_check.hpp"
#include "verify/reference_schedule.hpp"
#include "verify/run_check.hpp"
#include "verify/slot_match.hpp"
#include "verify/timeline.hpp"
#include "verify/witness_check.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

class Check {
public:
    Check(const History& history, const Limits& limits)
        : history_(history),
          limits_(limits),
          timeline_(history, limits),
          around_{history, limits, by_id_, full_},
          findings_(limits.most) {}

    Report run() {
        sort_records();
        check_limit();
        check_watermarks();
        for (auto& [name, records] : jobs_) {
            if (records.revisions.empty()) {
                unknown_job(records);
                continue;
            }
            check_job(records);
        }
        report_.findings = findings_.take();
        std::stable_sort(report_.findings.begin(), report_.findings.end(),
                         [](const Finding& a, const Finding& b) {
                             return std::tie(a.job, a.due) < std::tie(b.job, b.due);
                         });
        report_.more = findings_.more();
        report_.entries = history_.entries.size();
        report_.witnesses = history_.witnesses ? history_.witnesses->size() : 0;
        return std::move(report_);
    }

private:
    JobRecords& records_of(const std::string& job) {
        JobRecords& records = jobs_[job];
        if (records.job.empty()) records.job = job;
        return records;
    }

    void sort_records() {
        for (const JobRevision& revision : history_.jobs) {
            records_of(revision.job).revisions.push_back(revision);
        }
        by_id_.reserve(history_.entries.size());
        JobRecords* last = nullptr;
        for (const Entry& entry : history_.entries) {
            if (last == nullptr || last->job != entry.job) last = &records_of(entry.job);
            // Rows that never can run may leave the id out.
            const bool named = entry.id != ExecutionId{};
            const auto [known, added] =
                named ? by_id_.try_emplace(entry.id, &entry) : std::pair(by_id_.end(), true);
            if (!added) {
                findings_.add(FindingKind::doubled_claim, entry,
                              "the execution id also belongs to the due time " +
                                  words(known->second->due) + " of the job '" + known->second->job +
                                  "'");
            }
            if (entry.kind == ExecutionKind::manual) {
                last->manual.push_back(&entry);
            } else if (is_stretch(entry)) {
                last->stretches.push_back(&entry);
            } else {
                last->entries.push_back(&entry);
            }
        }
        if (history_.witnesses) {
            for (const Witness& witness : *history_.witnesses) {
                if (last == nullptr || last->job != witness.job) last = &records_of(witness.job);
                last->witnesses.push_back(&witness);
            }
        }
        const auto by_due = [](const Entry* a, const Entry* b) {
            return std::tie(a->due, a->pass, a->target) < std::tie(b->due, b->pass, b->target);
        };
        for (auto& [name, records] : jobs_) {
            std::sort(records.entries.begin(), records.entries.end(), by_due);
            std::sort(records.stretches.begin(), records.stretches.end(), by_due);
            std::sort(records.manual.begin(), records.manual.end(), by_due);
        }
    }

    struct Change {
        WallTime at;
        int by;
        const Entry* entry;
    };

    using Span = Timeline::Window;
    struct Taken {
        const Entry* entry;  // null: an earlier attempt
        Span span;
    };

    static void sort(std::vector<Change>& changes) {
        std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
            return std::tie(a.at, a.by) < std::tie(b.at, b.by);
        });
    }

    // How many ran at once: more than allowed is a finding, and when all places may have been taken
    // is the reason why others waited.
    void check_limit() {
        if (!history_.concurrency) return;
        const auto limit = static_cast<long long>(*history_.concurrency);
        std::vector<Change> running;
        std::vector<Taken> taken;
        for (const Entry& entry : history_.entries) {
            if (!entry.handed_at || never_ran(entry) || between_attempts(entry)) continue;
            Span span{*entry.handed_at, entry.ended_at.value_or(OpenRuns::never)};
            if (entry.state == EntryState::lost) cut_at_restart(span);
            taken.push_back({&entry, span});
            cut_at_own_end(entry, span);
            running.push_back({span.from, 1, &entry});
            running.push_back({std::max(span.from, span.to), -1, &entry});
        }
        if (history_.witnesses) add_seen(taken);
        sort(running);
        long long count = 0;
        for (const Change& change : running) {
            count += change.by;
            if (change.by < 0 || count <= limit || timeline_.seen_twice(change.at)) continue;
            findings_.add(FindingKind::over_limit, *change.entry,
                          "started at " + words(change.at) + " as number " + std::to_string(count) +
                              " at once; the limit is " + std::to_string(limit));
        }
        note_full(taken, limit);
    }

    // Who was there to see knows of earlier attempts, and how long each run really took its place.
    void add_seen(std::vector<Taken>& taken) const {
        std::vector<std::pair<BootTime, Duration>> offsets;  // of the wall clock, from when on
        for (const Witness& witness : *history_.witnesses) {
            offsets.emplace_back(witness.started, witness.started_wall.time_since_epoch() -
                                                      witness.started.time_since_epoch());
        }
        std::sort(offsets.begin(), offsets.end());
        const auto wall_of = [&](BootTime boot) {
            const auto after =
                std::upper_bound(offsets.begin(), offsets.end(), std::pair(boot, Duration::max()));
            return WallTime(boot.time_since_epoch() + std::prev(after)->second);
        };
        std::unordered_map<ExecutionId, std::size_t, IdHash> known;
        for (std::size_t i = 0; i < taken.size(); ++i) known.emplace(taken[i].entry->id, i);
        for (const Witness& witness : *history_.witnesses) {
            Span span{witness.started_wall, OpenRuns::never};
            if (witness.ended) span.to = wall_of(*witness.ended);
            if (span.to < span.from) std::swap(span.from, span.to);
            cut_at_restart(span);
            const auto same = known.find(witness.id);
            if (same == known.end() || taken[same->second].entry->attempt != witness.attempt) {
                taken.push_back({nullptr, span});
                continue;
            }
            // The ledger knows when the place was given and given back; only a function that
            // outlived its timeout keeps it until it was seen to return.
            Taken& one = taken[same->second];
            const bool stuck = one.entry->state == EntryState::timed_out;
            one.span.from = std::min(one.span.from, span.from);
            one.span.to = stuck ? span.to : std::max(one.span.to, span.to);
        }
    }

    // Where no further attempt was made, the row ended after the attempt did.
    static void cut_at_own_end(const Entry& entry, Span& span) {
        if (!entry.ended_at || !entry.outcome || entry.outcome->duration == Duration{}) return;
        span.to = std::min(span.to, span.from + entry.outcome->duration);
    }

    void cut_at_restart(Span& span) const {
        const Outage* restart = timeline_.restart_after(span.from);
        // Where the clock was set back, the restart may have been before the run began.
        while (restart != nullptr && timeline_.seen_twice(restart->from)) {
            restart = timeline_.restart_after(restart->from + Duration(1));
        }
        if (restart != nullptr) span.to = std::min(span.to, restart->from);
    }

    void note_full(const std::vector<Taken>& spans, long long limit) {
        std::vector<Change> taken;
        for (const Taken& one : spans) {
            Span span = one.span;
            // What ran when the clock was set back ran at instants on both sides of the step.
            for (const Timeline::Window& window : timeline_.repeated()) {
                if (span.to < window.from || span.from > window.to) continue;
                span.from = std::min(span.from, window.from);
                span.to = std::max(span.to, window.to);
            }
            taken.push_back({span.from, 1, nullptr});
            taken.push_back({std::max(span.from, span.to), -1, nullptr});
        }
        sort(taken);
        long long count = 0;
        WallTime full_since{};
        for (const Change& change : taken) {
            const bool was_full = count >= limit;
            count += change.by;
            if (!was_full && count >= limit) full_since = change.at;
            if (was_full && count < limit) full_.add(full_since, change.at);
        }
        if (count >= limit) full_.add(full_since, OpenRuns::never);
        full_.seal();
    }

    void check_watermarks() {
        const auto& moves = history_.watermarks;
        for (std::size_t i = 1; i < moves.size(); ++i) {
            if (moves[i].value >= moves[i - 1].value) continue;
            const std::size_t last = std::min(moves[i].steps_before, history_.steps.size());
            bool set_back = false;
            for (std::size_t step = moves[i - 1].steps_before; step < last; ++step) {
                const StepNote& note = history_.steps[step];
                set_back = set_back || (note.after < note.before &&
                                        moves[i].value + limits_.slack >= note.after);
            }
            if (set_back) continue;
            findings_.add(FindingKind::watermark_regress, std::string(), moves[i].value,
                          "the watermark went back from " + words(moves[i - 1].value) + " to " +
                              words(moves[i].value) + ", and the clock was not set back so far");
        }
    }

    void unknown_job(const JobRecords& records) {
        const auto& retained = history_.retained_from;
        for (const auto* entries : {&records.entries, &records.stretches, &records.manual}) {
            for (const Entry* entry : *entries) {
                if (retained && entry->due < *retained) continue;
                findings_.add(FindingKind::phantom, *entry,
                              "an entry " + words(*entry) + " of a job that never was");
            }
        }
        for (const Witness* witness : records.witnesses) {
            findings_.add(FindingKind::no_entry, witness->job, witness->due,
                          "a job that never was ran at " + words(witness->started_wall),
                          witness->id);
        }
    }

    void check_job(JobRecords& records) {
        const JobSlots slots(records.revisions, timeline_, history_.retained_from, library_);
        if (!slots.problem().empty()) {
            report_.unjudged.push_back(records.job + ": " + slots.problem());
            return;
        }
        ++report_.jobs;
        report_.due_times += slots.slots().size();
        const auto decisions = match_slots(records, slots, timeline_, around_, findings_);
        check_manual(records);
        const OpenRuns open(records, timeline_);
        check_policies(records, slots, open, decisions, timeline_, around_, findings_);
        check_runs(records, slots, open, timeline_, around_, findings_);
        if (history_.witnesses) check_witnesses(records, timeline_, around_, findings_);
    }

    void check_manual(const JobRecords& records) {
        for (std::size_t i = 1; i < records.manual.size(); ++i) {
            const Entry& a = *records.manual[i - 1];
            const Entry& b = *records.manual[i];
            if (std::tie(a.due, a.pass, a.target) != std::tie(b.due, b.pass, b.target)) continue;
            findings_.add(FindingKind::doubled_claim, b, "a run by hand has two entries");
        }
        for (const Entry* entry : records.manual) {
            const auto& first = records.revisions.front().effective_from;
            if (entry->due < first && !timeline_.seen_twice(first)) {
                findings_.add(FindingKind::phantom, *entry,
                              "a run by hand before the job was accepted at " + words(first));
            }
        }
    }

    const History& history_;
    const Limits& limits_;
    const Timeline timeline_;
    EntryById by_id_;
    IntervalSet full_;

    const Surroundings around_;
    Findings findings_;
    ReferenceLibrary library_;
    std::map<std::string, JobRecords> jobs_;
    Report report_;
};

}  // namespace

Report check(const History& history, const Limits& limits) { return Check(history, limits).run(); }

}  // namespace quantum::verify
