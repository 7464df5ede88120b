// `quantum history`: what became of due times, the newest last.
#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/sqlite.hpp"

#include "cli/commands.hpp"
#include "cli/entry_text.hpp"
#include "cli/output.hpp"
#include "cli/state_place.hpp"
#include "cli/terminal.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"
#include "config/local_zone.hpp"
#include "daemon/log_text.hpp"
#include "zone/zone.hpp"

namespace quantum::cli {
namespace {

/// What was found, oldest first, and whether there is more before it.
struct Page {
    std::vector<Entry> entries;
    bool more = false;
};

Result<EntryQuery> query_of(const HistoryOptions& options, const SqliteLedger& ledger) {
    EntryQuery query{.job = options.job, .from = options.since, .until = options.until};
    query.limit = options.limit + 1;  // one more tells whether there is more
    if (!options.before.empty()) {
        const auto cursor = ledger.entry(options.before);
        if (!cursor) return tl::unexpected(cursor.error());
        query.before = cursor->id;
    }
    return query;
}

Result<Page> read_page(const HistoryOptions& options, const SqliteLedger& ledger) {
    auto query = query_of(options, ledger);
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
    if (states.size() > 1) {
        std::stable_sort(page.entries.begin(), page.entries.end(),
                         [](const Entry& a, const Entry& b) { return a.due < b.due; });
    }
    page.more = page.entries.size() > options.limit;
    if (page.more)
        page.entries.erase(
            page.entries.begin(),
            std::prev(page.entries.end(), static_cast<std::ptrdiff_t>(options.limit)));
    return page;
}

/// A name that no job ever had is a slip of the pen, not a job without runs.
Status check_job(const std::string& job, const SqliteLedger& ledger) {
    const auto revisions = ledger.revisions(job);
    if (!revisions) return tl::unexpected(revisions.error());
    if (!revisions->empty()) return {};
    return fail(ErrorCode::not_found, "no job '" + config::printable(job) + "' is in this ledger");
}

using Row = std::array<std::string, 6>;

void append_row(std::string& out, const Row& row, const std::array<std::size_t, 6>& widths,
                std::string_view color, const Style& style) {
    for (std::size_t column = 0; column < row.size(); ++column) {
        if (column > 0) out += "  ";
        const bool last = column + 1 == row.size();
        const std::size_t missing = last ? 0 : widths[column] - columns_of(row[column]);
        const bool right = column == 3 || column == 4;  // durations
        if (right) out.append(missing, ' ');
        if (column == 2) out += color;
        out += row[column];
        if (column == 2 && !color.empty()) out += style.plain();
        if (!right) out.append(missing, ' ');
    }
    out += '\n';
}

void print_table(std::string& out, const Page& page, const zone::Zone* zone, const Style& style) {
    std::vector<Row> rows;
    rows.reserve(page.entries.size());
    std::array<std::size_t, 6> widths{};
    const Row head{"DUE", "JOB", "OUTCOME", "LATE", "TOOK", "EXECUTION"};
    const auto widen = [&widths](const Row& row) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], columns_of(row[column]));
        }
    };
    widen(head);
    for (const Entry& entry : page.entries) {
        const WallTime second = std::chrono::floor<std::chrono::seconds>(entry.due);
        Row& row = rows.emplace_back();
        row[0] = format_local(second, offset_at(zone, second));
        row[1] = config::printable(entry.job);
        row[2] = outcome_words(entry);
        if (entry.started_at) row[3] = brief(*entry.started_at - entry.due);
        if (entry.outcome && entry.outcome->kind != OutcomeKind::lost) {
            row[4] = brief(entry.outcome->duration);
        }
        row[5] = entry.id.text();
        widen(row);
    }
    out += style.strong();
    append_row(out, head, widths, {}, style);
    out += style.plain();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        append_row(out, rows[i], widths, outcome_color(page.entries[i], style), style);
    }
}

}  // namespace

int history(const HistoryOptions& options) {
    const zone::Zone* const zone =
        zone::Zone::named(options.zone.empty() ? config::local_zone_name() : options.zone);
    if (zone == nullptr && !options.zone.empty()) {
        complain("--tz: '" + config::printable(options.zone) + "' is no time zone that is known");
        return exit_usage;
    }
    const auto ledger = open_ledger(options.state);
    if (!ledger) {
        complain(ledger.error().message);
        return exit_failure;
    }
    const auto page = read_page(options, **ledger);
    if (!page) {
        complain(page.error().message);
        return exit_failure;
    }
    if (page->entries.empty() && options.job) {
        if (const Status known = check_job(*options.job, **ledger); !known) {
            complain(known.error().message);
            return exit_failure;
        }
    }
    Output out(standard_output);
    if (options.json) {
        for (const Entry& entry : page->entries) {
            append_json(out.text(), entry);
            out.text() += '\n';
        }
        return out.flush() ? exit_ok : exit_failure;
    }
    const Style style(standard_output);
    if (page->entries.empty()) {
        out.text() += "no entry\n";
    } else {
        print_table(out.text(), *page, zone, style);
    }
    const bool written = out.flush();
    if (page->more && style.terminal()) {
        Output note(standard_error);
        note.text() = "there is more: --before " + page->entries.front().id.text() +
                      " goes on with what is older\n";
        static_cast<void>(note.flush());
    }
    return written ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
