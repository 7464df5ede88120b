#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/sqlite/builders.hpp"

/// What the writing process writes and the judging process expects: batch n is the same whoever
/// makes it, so that a ledger can be judged by the number of its last batch alone.
namespace quantum::test {

inline WallTime scripted_due(std::uint64_t batch) { return noon + batch * std::chrono::seconds(1); }

/// How many entries batch `batch` claims: 1 to 24.
inline std::uint64_t scripted_claims(std::uint64_t batch) {
    return 1 + (batch * 0x9E3779B97F4A7C15U >> 40U) % 24;
}

inline std::vector<Entry> scripted_entries(std::uint64_t batch) {
    std::vector<Entry> entries;
    for (std::uint64_t i = 0; i < scripted_claims(batch); ++i) {
        const std::uint64_t job = (batch * 31 + i * 7919) % 500;
        entries.push_back(entry_at(scripted_due(batch) + std::chrono::microseconds(i),
                                   "job-" + std::to_string(job), batch * 100 + i));
    }
    return entries;
}

/// Ends what the batch before started, starts its own; now and then a job changes.
inline Batch scripted_batch(std::uint64_t batch) {
    Batch made{.id = batch, .claims = scripted_entries(batch), .watermark = scripted_due(batch)};
    if (batch > 1) {
        for (const Entry& entry : scripted_entries(batch - 1)) {
            made.finishes.push_back(finish_of(entry));
            if (batch % 10 == 0) {
                made.finishes.back().output = CapturedOutput{std::string(3000, 'o'), "", 3000};
            }
        }
    }
    if (batch % 7 == 1) {
        made.jobs.push_back(added(job_named("job-" + std::to_string(batch % 20)),
                                  scripted_due(batch), batch < 20 ? 1 : 2));
    }
    return made;
}

}  // namespace quantum::test
