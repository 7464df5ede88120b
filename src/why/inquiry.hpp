#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/result.hpp"
#include "quantum/storage/ledger.hpp"

#include "why/cause.hpp"
#include "why/setting.hpp"
#include "zone/zone.hpp"

namespace quantum::why {

/// The instants that a question is about.
struct Asked {
    WallTime from;
    WallTime until;  ///< included
    /// The local time that was asked for does not exist; `from` is the first instant after the gap.
    std::optional<std::chrono::local_seconds> missing{};
};

/// The answers, and whether there would have been more.
struct Answers {
    std::vector<Answer> found{};
    bool more = false;
};

/// Why did a job run, or not? Answers from its definitions, the ledger, and what is known of the
/// scheduler.
///
///     const Inquiry why(*ledger, {.now = now, .presence = presence});
///     auto answers = why.about("backup", {from, until});
///
/// Each question reads a few rows by indexes, however large the ledger is.
///
/// Errors of every question: `not_found` if there has never been such a job or execution; those of
/// the ledger. Thread-safety: const; that of the ledger and of `Setting::engine`.
class Inquiry {
public:
    /// Both are kept by reference.
    Inquiry(const Ledger& ledger, const Setting& setting) : ledger_(ledger), setting_(setting) {}

    /// Every due time and every other entry from `from` to `until`, at most `most`, oldest first.
    /// If there is none: one answer, why that is so.
    [[nodiscard]] Result<Answers> about(const std::string& job, const Asked& asked,
                                        std::size_t most = 20) const;

    /// The last due time or run, and the next one.
    [[nodiscard]] Result<Answers> last_and_next(const std::string& job) const;

    /// What runs or waits now; if nothing does, why.
    [[nodiscard]] Result<Answers> now(const std::string& job) const;

    /// One execution, by its ID or a part of it that `Ledger::entry` understands.
    [[nodiscard]] Result<Answers> execution(std::string_view id) const;

    /// The zone in which the job's times are told: that of its newest definition with a schedule.
    /// Null: it has none, or there is no such job.
    [[nodiscard]] const zone::Zone* zone_of(const std::string& job) const;

private:
    const Ledger& ledger_;
    const Setting& setting_;
};

}  // namespace quantum::why
