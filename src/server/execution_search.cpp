#include "server/execution_search.hpp"

#include <algorithm>

namespace quantum::server {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t rows_at_once = 1000;

template <class Value>
bool has(const std::vector<Value>& values, Value value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

bool passes(const Entry& entry, const ExecutionFilter& filter) {
    if (!has(filter.states, entry.state)) return false;
    if (!filter.reasons.empty() &&
        (entry.state != EntryState::skipped || !has(filter.reasons, entry.reason))) {
        return false;
    }
    if (filter.kind && entry.kind != *filter.kind) return false;
    if (filter.jobs && !filter.jobs->contains(entry.job)) return false;
    return !filter.longer_than || (entry.outcome && entry.outcome->duration > *filter.longer_than);
}

}  // namespace

std::optional<EntryState> entry_state_named(std::string_view word) {
    for (int value = 0; value <= static_cast<int>(EntryState::skipped); ++value) {
        const auto state = static_cast<EntryState>(value);
        if (to_string(state) == word) return state;
    }
    return std::nullopt;
}

std::optional<SkipReason> skip_reason_named(std::string_view word) {
    for (int value = 1; value <= static_cast<int>(SkipReason::unbound); ++value) {
        const auto reason = static_cast<SkipReason>(value);
        if (to_string(reason) == word) return reason;
    }
    return std::nullopt;
}

Result<ExecutionPage> search_executions(const Ledger& ledger, const ExecutionFilter& filter,
                                        std::chrono::milliseconds patience) {
    const auto end = steady_clock::now() + patience;
    EntryQuery query{.job = filter.job, .from = filter.from, .until = filter.until};
    // What has an index of its own is asked for by itself.
    if (filter.states.size() == 1) query.state = filter.states.front();
    query.limit = rows_at_once;
    if (!filter.cursor.empty()) {
        const auto before = ledger.entry(filter.cursor);
        if (!before) return tl::unexpected(before.error());
        query.before = before->id;
    }
    ExecutionPage page;
    for (;;) {
        auto rows = ledger.entries(query);
        if (!rows) return tl::unexpected(std::move(rows).error());
        for (auto row = rows->rbegin(); row != rows->rend(); ++row) {
            query.before = row->id;
            if (!passes(*row, filter)) continue;
            page.entries.push_back(std::move(*row));
            if (page.entries.size() < filter.limit) continue;
            page.next = query.before->text();
            return page;
        }
        if (rows->size() < rows_at_once) return page;
        if (steady_clock::now() < end) continue;
        page.next = query.before->text();
        return page;
    }
}

}  // namespace quantum::server
