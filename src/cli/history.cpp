// `quantum history`: what became of due times, the newest last.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/storage/sqlite.hpp"

#include "cli/commands.hpp"
#include "cli/entry_text.hpp"
#include "cli/moment_option.hpp"
#include "cli/mutant.hpp"
#include "cli/nearest_names.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_columns.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"
#include "daemon/log_text.hpp"
#include "model/short_id.hpp"

namespace quantum::cli {
namespace {

/// What was found, oldest first, and whether there is more before it.
struct Page {
    std::vector<Entry> entries;
    bool more = false;
};

/// What `--since` and `--until` say.
struct Period {
    std::optional<WallTime> since;
    std::optional<WallTime> until;
};

Result<Period> period_of(const HistoryOptions& options, const times::MomentContext& context) {
    const auto since = moment_of("--since", options.since, PeriodSide::start, context);
    if (!since) return tl::unexpected(since.error());
    const auto until = moment_of("--until", options.until, PeriodSide::end, context);
    if (!until) return tl::unexpected(until.error());
    return Period{*since, *until};
}

Result<EntryQuery> query_of(const HistoryOptions& options, const Period& period,
                            const SqliteLedger& ledger) {
    EntryQuery query{.job = options.job, .from = period.since, .until = period.until};
    query.limit = options.limit + 1;  // one more tells whether there is more
    if (!options.before.empty()) {
        const auto cursor = ledger.entry(options.before);
        if (!cursor) return tl::unexpected(cursor.error());
        query.before = cursor->id;
    }
    return query;
}

Result<Page> read_page(const HistoryOptions& options, const Period& period,
                       const SqliteLedger& ledger) {
    auto query = query_of(options, period, ledger);
    if (!query) return tl::unexpected(std::move(query).error());
    Page page;
    std::vector<std::optional<EntryState>> states(options.outcomes.begin(), options.outcomes.end());
    if (states.empty()) states.emplace_back();
    for (const auto& state : states) {
        query->state = state;
        auto found = ledger.entries(*query);
        if (!found) return tl::unexpected(std::move(found).error());
        std::move(found->begin(), found->end(), std::back_inserter(page.entries));
    }
    if (states.size() > 1 && !mutated(CliMutant::outcomes_in_a_heap)) {
        std::stable_sort(page.entries.begin(), page.entries.end(),
                         [](const Entry& a, const Entry& b) { return a.due < b.due; });
    }
    page.more =
        page.entries.size() > options.limit + (mutated(CliMutant::page_of_one_more) ? 1 : 0);
    if (page.more)
        page.entries.erase(
            mutated(CliMutant::limit_keeps_oldest)
                ? std::next(page.entries.begin(), static_cast<std::ptrdiff_t>(options.limit))
                : page.entries.begin(),
            mutated(CliMutant::limit_keeps_oldest)
                ? page.entries.end()
                : std::prev(page.entries.end(), static_cast<std::ptrdiff_t>(options.limit)));
    return page;
}

/// A name that no job ever had is a slip of the pen, not a job without runs.
Status check_job(const std::string& job, const SqliteLedger& ledger) {
    const auto revisions = ledger.revisions(job);
    if (!revisions) return tl::unexpected(revisions.error());
    if (!revisions->empty() || mutated(CliMutant::misspelt_job_has_no_runs)) return {};
    return fail(ErrorCode::not_found, unknown_job(job, ledger));
}

enum Column : std::uint8_t {
    due,
    ago,
    job,
    attempt,
    outcome,
    late,
    took,
    execution,
    cause,
    columns
};
using Row = std::array<std::string, columns>;

bool is_right(std::size_t column) {
    return column == ago || column == attempt || column == late || column == took;
}

/// A line of the table and the colour of its outcome.
struct Line {
    Row cells;
    std::string_view color;
};

void append_row(std::string& out, const Row& row, const std::array<std::size_t, columns>& widths,
                std::string_view color, const Style& style) {
    std::size_t last = columns - 1;
    while (last > 0 && (row[last].empty() || widths[last] == 0)) --last;
    for (std::size_t column = 0; column <= last; ++column) {
        if (widths[column] == 0) continue;
        if (column > 0) out += "  ";
        const std::size_t missing = column == last ? 0 : widths[column] - columns_of(row[column]);
        const bool right = is_right(column);
        if (right) out.append(widths[column] - columns_of(row[column]), ' ');
        if (column == outcome) out += color;
        out += row[column];
        if (column == outcome && !color.empty()) out += style.plain();
        if (!right) out.append(missing, ' ');
    }
    out += '\n';
}

std::string reason_text(const Outcome& outcome) {
    return config::printable(reason_of(outcome), std::string_view::npos);
}

/// `~` before what is only known not to be less: the instant of the decision stands in for the
/// start.
std::string lateness_text(const std::optional<WallTime>& started_at, WallTime claimed_at,
                          WallTime planned) {
    if (started_at) return brief(*started_at - planned);
    return (mutated(CliMutant::decision_is_the_start) ? "" : "~") +
           brief(std::max(claimed_at - planned, Duration::zero()));
}

Row first_cells(const Entry& entry, const times::ShortTimes& times) {
    Row row;
    row[due] = times.text(entry.due);
    if (entry.due <= times.now()) row[ago] = times::span_text(times.now() - entry.due);
    row[job] = config::printable(entry.job);
    row[execution] = model::short_id(entry.id);
    return row;
}

Line line_of(const Entry& entry, const times::ShortTimes& times, const Style& style) {
    Line line{first_cells(entry, times), outcome_color(entry.state, style)};
    Row& row = line.cells;
    row[outcome] = outcome_words(entry);
    const bool has_run = entry.state == EntryState::started || entry.outcome;
    if (!has_run) return line;
    if (entry.attempt > 1) row[attempt] = std::to_string(entry.attempt);
    const bool began =
        entry.started_at || entry.open() || has_duration(entry) || entry.state == EntryState::lost;
    if (began) row[late] = lateness_text(entry.started_at, entry.claimed_at, entry.planned());
    if (!entry.outcome) return line;
    if (has_duration(entry)) row[took] = brief(entry.outcome->duration);
    row[cause] = reason_text(*entry.outcome);
    return line;
}

Line line_of(const Entry& entry, const Attempt& one, const times::ShortTimes& times,
             const Style& style) {
    Line line{first_cells(entry, times), {}};
    Row& row = line.cells;
    row[attempt] = std::to_string(one.number);
    const bool began = one.started_at || !one.outcome || one.outcome->kind == OutcomeKind::lost ||
                       one.outcome->duration != Duration::zero();
    if (began) row[late] = lateness_text(one.started_at, entry.claimed_at, one.planned);
    if (!one.outcome) {
        row[outcome] = to_string(EntryState::started);
        return line;
    }
    row[outcome] = outcome_words(*one.outcome);
    row[cause] = reason_text(*one.outcome);
    const bool lost = one.outcome->kind == OutcomeKind::lost;
    if (began && !lost) row[took] = brief(one.outcome->duration);
    line.color = one.outcome->kind == OutcomeKind::succeeded ? style.good() : style.error();
    return line;
}

/// Cuts what does not fit the terminal, for which there is always some room.
void fit_reasons(std::vector<Line>& lines, const std::array<std::size_t, columns>& widths) {
    constexpr std::size_t least = 24;
    std::size_t taken = 0;
    for (std::size_t column = 0; column < cause; ++column) {
        if (widths[column] > 0) taken += widths[column] + 2;
    }
    const std::size_t all = terminal_columns();
    const std::size_t room = all > taken + least ? all - taken : least;
    for (Line& line : lines) line.cells[cause] = config::printable(line.cells[cause], room);
}

void print_table(std::string& out, std::vector<Line> lines, const Style& style) {
    const Row head{"DUE", "AGO", "JOB", "ATT", "OUTCOME", "LATE", "TOOK", "EXECUTION", "WHY"};
    std::array<std::size_t, columns> widths{};
    const auto widen = [&widths](const Row& row) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], columns_of(row[column]));
        }
    };
    for (const Line& line : lines) widen(line.cells);
    // Without a second attempt anywhere, or without any reason, there is no such column.
    const bool has_attempts = widths[attempt] > 0;
    const bool has_reasons = widths[cause] > 0;
    widen(head);
    if (!has_attempts) widths[attempt] = 0;
    if (!has_reasons) widths[cause] = 0;
    if (style.terminal()) fit_reasons(lines, widths);
    out += style.strong();
    append_row(out, head, widths, {}, style);
    out += style.plain();
    for (const Line& line : lines) append_row(out, line.cells, widths, line.color, style);
}

/// The attempts of each entry, in the order of the entries; nothing where they were not asked for.
Result<std::vector<std::vector<Attempt>>> attempts_of(const Page& page,
                                                      const HistoryOptions& options,
                                                      const SqliteLedger& ledger) {
    std::vector<std::vector<Attempt>> found;
    if (!options.attempts) return found;
    found.reserve(page.entries.size());
    for (const Entry& entry : page.entries) {
        auto attempts = ledger.attempts(entry.id);
        // Retention may have taken it meanwhile.
        if (!attempts && attempts.error().code != ErrorCode::not_found) {
            return tl::unexpected(std::move(attempts).error());
        }
        found.push_back(attempts ? std::move(*attempts) : std::vector<Attempt>());
    }
    return found;
}

std::vector<Line> lines_of(const Page& page, const std::vector<std::vector<Attempt>>& attempts,
                           const times::ShortTimes& times, const Style& style) {
    std::vector<Line> lines;
    for (std::size_t at = 0; at < page.entries.size(); ++at) {
        const Entry& entry = page.entries[at];
        if (attempts.empty() || attempts[at].empty()) {
            lines.push_back(line_of(entry, times, style));
            continue;
        }
        for (const Attempt& one : attempts[at]) lines.push_back(line_of(entry, one, times, style));
    }
    return lines;
}

}  // namespace

int history(const HistoryOptions& options) {
    const auto context = moment_context(options.zone, times::Tense::past);
    if (!context) {
        print_error(context.error().message);
        return exit_usage;
    }
    const auto period = period_of(options, *context);
    if (!period) {
        print_error(period.error().message);
        return exit_usage;
    }
    const auto ledger = open_ledger(options.state);
    if (!ledger) {
        print_error(ledger.error().message);
        return exit_failure;
    }
    const auto page = read_page(options, *period, **ledger);
    if (!page) {
        print_error(page.error().message);
        return exit_failure;
    }
    if (page->entries.empty() && options.job) {
        if (const Status known = check_job(*options.job, **ledger); !known) {
            print_error(known.error().message);
            return exit_failure;
        }
    }
    const auto attempts = attempts_of(*page, options, **ledger);
    if (!attempts) {
        print_error(attempts.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    if (options.json) {
        for (std::size_t at = 0; at < page->entries.size(); ++at) {
            append_json(out.text(), page->entries[at],
                        options.attempts ? &(*attempts)[at] : nullptr);
            out.text() += '\n';
        }
        return out.flush() ? exit_ok : exit_failure;
    }
    const Style style(standard_output);
    if (page->entries.empty()) {
        out.text() += "no entry\n";
    } else {
        const times::ShortTimes times(context->zone, context->now);
        print_table(out.text(), lines_of(*page, *attempts, times, style), style);
    }
    const bool written = out.flush();
    if (page->more && style.terminal()) {
        Output note(standard_error);
        note.text() = "there is more: --before " + model::short_id(page->entries.front().id) +
                      " continues with older entries\n";
        static_cast<void>(note.flush());
    }
    return written ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
