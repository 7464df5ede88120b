#include "verify/job_judge.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "verify/mutant.hpp"
#include "verify/neighbour_check.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

// Rows that are further apart than this do not explain each other: more than any tolerance.
constexpr Duration apart = std::chrono::seconds(60);
constexpr std::size_t very_many = 32'768;

bool in_order(const Row& a, const Row& b) {
    return std::tie(a.due, a.pass, a.target, a.kind) < std::tie(b.due, b.pass, b.target, b.kind);
}

}  // namespace

JobJudge::JobJudge(const Shared& shared, JobRecords records)
    : records_(std::move(records)),
      definitions_(records_.revisions, shared.library),
      findings_(shared.findings, records_.job),
      view_{records_, definitions_, shared.timeline, shared.around},
      slots_(definitions_, shared.timeline, shared.around.history.retained_from) {}

void JobJudge::judge_before(WallTime known) {
    if (!problem().empty()) {
        rows_.clear();
        return;
    }
    if (!std::is_sorted(rows_.begin(), rows_.end(), in_order)) {
        std::stable_sort(rows_.begin(), rows_.end(), in_order);
    }
    const Cut cut = cut_before(known);
    if (cut.rows > 0) judge(cut, known);
}

void JobJudge::finish(const FindById& find) {
    if (!problem().empty()) return;
    std::stable_sort(rows_.begin(), rows_.end(), in_order);
    WallTime last = view_.timeline.horizon();
    for (const Row& row : rows_) last = std::max(last, row.until);
    judge({rows_.size(), last + Duration(1)}, std::nullopt);
    covers_.finish(find, findings_);
}

// As far as possible, but not through a stretch, nor between due times that one recovery decided
// or, unless there are very many, may have decided.
JobJudge::Cut JobJudge::cut_before(WallTime known) const {
    Cut cut;
    const Missed most = rows_.size() > very_many ? Missed::perhaps : Missed::no;
    WallTime reached = WallTime::min();  // by stretches
    WallTime decided = WallTime::min();
    for (std::size_t i = 0; i <= rows_.size(); ++i) {
        const WallTime next = i < rows_.size() ? rows_[i].due : known;
        if (next > known) break;
        const bool new_instant = i == 0 || next > rows_[i - 1].due;
        if (new_instant && next > reached && view_.timeline.missed(next, decided) <= most) {
            cut = {i, next};
        }
        if (i == rows_.size()) break;
        reached = std::max(reached, rows_[i].until);
        if (!view_.timeline.seen_twice(rows_[i].due)) {
            decided = std::max(decided, rows_[i].claimed_at);
        }
    }
    return cut;
}

void JobJudge::judge(const Cut& cut, std::optional<WallTime> known) {
    const Matched matched = match_slots(view_, part_of(cut), slots_, findings_);
    due_times_ += matched.due_times;
    slots_.rest();
    check_manual(cut.rows);
    check_policies(view_, matched.decisions, policies_, findings_);
    ask_for_overlaps(matched.decisions, cut.rows);
    look_for_covers(cut.rows);
    check_runs(cut.rows, known);
    // In memory that is just as large: of many jobs all have some.
    rows_ = std::vector<Row>(rows_.begin() + static_cast<std::ptrdiff_t>(cut.rows), rows_.end());
}

MatchPart JobJudge::part_of(const Cut& cut) const {
    MatchPart part;
    part.end = cut.end;
    for (std::size_t i = 0; i < cut.rows; ++i) {
        if (rows_[i].kind == ExecutionKind::manual) continue;
        (is_stretch(rows_[i]) ? part.stretches : part.rows).push_back(&rows_[i]);
    }
    return part;
}

void JobJudge::ask_for_overlaps(const std::vector<Decision>& decisions, std::size_t rows) {
    for (const Decision& decision : decisions) {
        if (!skipped_as(*decision.row, SkipReason::overlap)) continue;
        if (view_.timeline.seen_twice(decision.row->until)) continue;
        Row& row = rows_[static_cast<std::size_t>(decision.row - rows_.data())];
        row.asks_for_overlap = true;
        row.decided_by = static_cast<std::uint32_t>(deciding_revision(view_, decision));
    }
    for (std::size_t i = 0; i < rows; ++i) {
        Row& row = rows_[i];
        if (row.kind != ExecutionKind::manual || !skipped_as(row, SkipReason::overlap)) continue;
        if (view_.timeline.seen_twice(row.due)) continue;
        row.asks_for_overlap = true;
        row.decided_by = static_cast<std::uint32_t>(decided_by_hand(row));
    }
}

// At the very instant of a change it may have been asked for just before it.
std::size_t JobJudge::decided_by_hand(const Row& row) const {
    const auto named = records_.revision_of(row, row.claimed_at);
    if (named && records_.revisions[*named].effective_to == row.claimed_at &&
        !mutated(VerifyMutant::only_newest_by_hand)) {
        return *named;
    }
    return records_.in_force_at(row.claimed_at);
}

void JobJudge::check_manual(std::size_t rows) {
    const WallTime first = records_.revisions.front().effective_from;
    const Row* previous = nullptr;
    for (std::size_t i = 0; i < rows; ++i) {
        const Row& row = rows_[i];
        if (row.kind != ExecutionKind::manual) continue;
        if (previous != nullptr && std::tie(previous->due, previous->pass, previous->target) ==
                                       std::tie(row.due, row.pass, row.target)) {
            findings_.add(FindingKind::doubled_claim, row, "a manual run has two entries");
        }
        previous = &row;
        if (row.due < first && !view_.timeline.seen_twice(first) &&
            !view_.around.before_the_edge(row)) {
            findings_.add(FindingKind::phantom, row,
                          "a manual run before the job was accepted at " + words(first));
        }
    }
}

void JobJudge::look_for_covers(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
        const Row& row = rows_[i];
        covers_.look_at(row, findings_);
        if (row.state != EntryState::coalesced || view_.around.before_the_edge(row)) continue;
        if (view_.timeline.seen_twice(row.due) || view_.timeline.seen_twice(row.until)) continue;
        covers_.expect(row, findings_);
    }
}

// Beside what came before, and what is read already of what comes after.
void JobJudge::check_runs(std::size_t rows, std::optional<WallTime> known) {
    std::vector<const Row*> beside;
    beside.reserve(past_.size() + rows_.size());
    for (const Row& row : past_) beside.push_back(&row);
    for (const Row& row : rows_) beside.push_back(&row);
    const OpenRuns open(beside, view_.timeline);
    RunCheck check(view_, open, starts_told_, findings_);
    for (Row& row : past_) {
        if (row.turn != Row::Turn::over) {
            row.turn = is_settled(row, known) ? Row::Turn::now : Row::Turn::later;
        }
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        Row& row = rows_[i];
        const bool here = i < rows;
        row.turn = here && is_settled(row, known) ? Row::Turn::now : Row::Turn::later;
        if (here) row.had_to_wait = open.open_during(row, row.claimed_at, row.claimed_at);
    }
    for (const Row* row : beside) {
        if (row->turn == Row::Turn::now) check.check(*row);
    }
    check_neighbours(view_, open, findings_);
    remember(open, rows);
}

// For the parts to come: what is to be judged yet, and what they may have to be judged by.
void JobJudge::remember(const OpenRuns& open, std::size_t rows) {
    const WallTime next = rows < rows_.size() ? rows_[rows].due : slots_.position();
    std::vector<const Row*> wanted = open.of_interest_from(waits_since(next, rows) - 2 * apart);
    if (wanted.size() > very_many) wanted = open.of_interest_from(next - 2 * apart);
    std::sort(wanted.begin(), wanted.end());
    std::vector<Row> kept;
    const auto consider = [&](Row& row) {
        if (row.turn == Row::Turn::now) row.turn = Row::Turn::over;
        const bool later = row.turn == Row::Turn::later;
        if (later || std::binary_search(wanted.begin(), wanted.end(), &row)) kept.push_back(row);
    };
    for (Row& row : past_) consider(row);
    for (std::size_t i = 0; i < rows; ++i) consider(rows_[i]);
    past_ = std::move(kept);
}

// Since when one of those that are to be judged yet has waited for others, `next` at the latest.
// One that waits to this day asks only for what was open longest.
WallTime JobJudge::waits_since(WallTime next, std::size_t rows) const {
    WallTime since = next;
    const auto consider = [&since](const Row& row) {
        if (row.turn != Row::Turn::later || row.state == EntryState::claimed) return;
        // Of several attempts only the last is asked beside whom it ran.
        const bool waited = row.attempt == 1 && !never_ran(row);
        since = std::min(since, waited ? row.claimed_at : row.handed_at.value_or(decided_at(row)));
    };
    for (const Row& row : past_) consider(row);
    for (std::size_t i = 0; i < rows; ++i) consider(rows_[i]);
    return since;
}

bool JobJudge::is_settled(const Row& row, std::optional<WallTime> known) const {
    if (!known) return true;
    if (row.state == EntryState::claimed) return false;
    const WallTime reach =
        std::max({row.due, row.claimed_at, row.handed_at.value_or(row.due), decided_at(row)});
    return reach + apart < *known;
}

}  // namespace quantum::verify
