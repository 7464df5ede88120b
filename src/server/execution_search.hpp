#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/ledger.hpp"

namespace quantum::server {

/// What a list of executions is restricted to; what is empty does not restrict it.
struct ExecutionFilter {
    std::optional<std::string> job{};
    /// Only jobs with these names; none: all.
    std::optional<std::unordered_set<std::string>> jobs{};
    std::vector<EntryState> states{};
    std::vector<SkipReason> reasons{};
    std::optional<ExecutionKind> kind{};
    std::optional<WallTime> from{};
    std::optional<WallTime> until{};
    std::optional<Duration> longer_than{};
    std::string cursor{};
    std::size_t limit = 100;
};

struct ExecutionPage {
    std::vector<Entry> entries{};  ///< newest first
    std::string next{};            ///< where the next page begins; empty: there is none
};

/// Searches a ledger from the newest entry back, a thousand at a time, until the page is full, all
/// is read, or `patience` is over: then the page is short, and `next` goes on from there.
/// Errors: those of `Ledger::entries`.
[[nodiscard]] Result<ExecutionPage> search_executions(const Ledger& ledger,
                                                      const ExecutionFilter& filter,
                                                      std::chrono::milliseconds patience);

[[nodiscard]] std::optional<EntryState> entry_state_named(std::string_view word);
[[nodiscard]] std::optional<SkipReason> skip_reason_named(std::string_view word);

}  // namespace quantum::server
