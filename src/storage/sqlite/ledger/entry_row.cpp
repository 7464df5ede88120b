#include "storage/sqlite/ledger/entry_row.hpp"

#include <cstring>

namespace quantum::sqlite {
namespace {

// The numbers in the file are those of the enumerators; these lines fail to compile where somebody
// moves one.
constexpr int number(auto value) { return static_cast<int>(value); }
static_assert(number(EntryState::claimed) == 0 && number(EntryState::started) == 1 &&
              number(EntryState::succeeded) == 2 && number(EntryState::failed) == 3 &&
              number(EntryState::timed_out) == 4 && number(EntryState::killed) == 5 &&
              number(EntryState::lost) == 6 && number(EntryState::coalesced) == 7 &&
              number(EntryState::skipped) == 8);
static_assert(number(SkipReason::none) == 0 && number(SkipReason::overlap) == 1 &&
              number(SkipReason::misfire) == 2 && number(SkipReason::paused) == 3 &&
              number(SkipReason::dst_gap) == 4 && number(SkipReason::node_down) == 5 &&
              number(SkipReason::concurrency) == 6 && number(SkipReason::excluded) == 7 &&
              number(SkipReason::superseded) == 8 && number(SkipReason::unbound) == 9);
static_assert(number(OutcomeKind::succeeded) == 0 && number(OutcomeKind::failed) == 1 &&
              number(OutcomeKind::timed_out) == 2 && number(OutcomeKind::killed) == 3 &&
              number(OutcomeKind::lost) == 4);
static_assert(number(ExecutionKind::scheduled) == 0 && number(ExecutionKind::manual) == 1);

void bind_number(Statement& statement, int index, std::int64_t value) {
    if (value == 0) {
        statement.bind_null(index);
    } else {
        statement.bind(index, value);
    }
}

void bind_text(Statement& statement, int index, const std::string& value) {
    if (value.empty()) {
        statement.bind_null(index);
    } else {
        statement.bind(index, value);
    }
}

template <class Number>
Number read(const Statement& row, int column) {
    return static_cast<Number>(row.integer(column));
}

}  // namespace

ExecutionId id_from(std::string_view bytes) {
    ExecutionId id;
    std::memcpy(id.bytes.data(), bytes.data(), std::min(bytes.size(), id.bytes.size()));
    return id;
}

void bind_entry(Statement& insert, const Entry& entry, std::int64_t job, std::int64_t target) {
    insert.bind(1, micros(entry.due)).bind(2, job).bind(3, entry.pass).bind(4, target);
    insert.bind(5, number(entry.kind)).bind_blob(6, bytes_of(entry.id)).bind(7, entry.revision);
    insert.bind(8, number(entry.state)).bind(9, number(entry.reason)).bind(10, entry.attempt);
    if (entry.covered_by) {
        insert.bind_blob(11, bytes_of(*entry.covered_by));
    } else {
        insert.bind_null(11);
    }
    insert.bind(12, micros(entry.claimed_at));
    bind_time(insert, 13, entry.handed_at);
    bind_time(insert, 14, entry.ended_at);
    if (entry.until == entry.due) {
        insert.bind_null(15);
    } else {
        insert.bind(15, micros(entry.until));
    }
    insert.bind(16, entry.count);
    if (entry.outcome) {
        bind_outcome(insert, 17, *entry.outcome);
    } else {
        for (int column = 17; column <= 24; ++column) insert.bind_null(column);
    }
    bind_time(insert, 25, entry.not_before);
    bind_text(insert, 26, entry.key);
    bind_time(insert, 27, entry.started_at);
    bind_time(insert, 28, entry.retry_at);
}

void bind_outcome(Statement& statement, int first, const Outcome& outcome) {
    statement.bind(first, number(outcome.kind));
    if (outcome.exit_code) {
        statement.bind(first + 1, *outcome.exit_code);
    } else {
        statement.bind_null(first + 1);
    }
    bind_number(statement, first + 2, outcome.signal);
    bind_number(statement, first + 3, outcome.duration.count());
    bind_text(statement, first + 4, outcome.reason);
    bind_text(statement, first + 5, outcome.result);
    bind_number(statement, first + 6, static_cast<std::int64_t>(outcome.peak_memory));
    bind_number(statement, first + 7, outcome.cpu.count());
}

Entry read_entry(const Statement& row) {
    Entry entry;
    entry.due = wall_time(row.integer(0));
    entry.job = row.text(1);
    entry.pass = read<std::uint32_t>(row, 2);
    if (!row.is_null(3)) entry.target = row.text(3);
    entry.kind = read<ExecutionKind>(row, 4);
    entry.id = id_from(row.blob(5));
    entry.revision = read<std::uint32_t>(row, 6);
    entry.state = read<EntryState>(row, 7);
    entry.reason = read<SkipReason>(row, 8);
    entry.attempt = read<std::uint32_t>(row, 9);
    if (!row.is_null(10)) entry.covered_by = id_from(row.blob(10));
    entry.claimed_at = wall_time(row.integer(11));
    entry.handed_at = read_time(row, 12);
    entry.ended_at = read_time(row, 13);
    entry.until = read_time(row, 14).value_or(entry.due);
    entry.count = read<std::uint32_t>(row, 15);
    if (!row.is_null(16)) entry.outcome = read_outcome(row, 16);
    entry.not_before = read_time(row, 24);
    entry.key = row.text(25);
    entry.started_at = read_time(row, 26);
    entry.retry_at = read_time(row, 27);
    return entry;
}

Outcome read_outcome(const Statement& row, int first) {
    Outcome outcome;
    outcome.kind = read<OutcomeKind>(row, first);
    if (!row.is_null(first + 1)) outcome.exit_code = read<int>(row, first + 1);
    outcome.signal = read<int>(row, first + 2);
    outcome.duration = Duration(row.integer(first + 3));
    outcome.reason = row.text(first + 4);
    outcome.result = row.text(first + 5);
    outcome.peak_memory = read<std::uint64_t>(row, first + 6);
    outcome.cpu = Duration(row.integer(first + 7));
    // Before version 7 an exit code of 0 was not stored. Only commands have a peak.
    if (outcome.kind == OutcomeKind::succeeded && outcome.peak_memory != 0 && !outcome.exit_code) {
        outcome.exit_code = 0;
    }
    return outcome;
}

StepNote read_step(const Statement& row) {
    return {wall_time(row.integer(0)), wall_time(row.integer(1)), read<std::uint32_t>(row, 2),
            wall_time(row.integer(3)), wall_time(row.integer(4)), read<std::uint32_t>(row, 5),
            wall_time(row.integer(6))};
}

}  // namespace quantum::sqlite
