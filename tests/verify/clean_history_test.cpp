#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/model_scheduler.hpp"
#include "verify/print_history.hpp"
#include "verify/words.hpp"

namespace quantum::verify {
namespace {

// How many histories: QUANTUM_VERIFY_HISTORIES, else a few hundred. QUANTUM_SEED=n is that one
// only, and with QUANTUM_JOB=name (or *) all that is on record of the job is printed.
std::uint64_t histories() {
    const char* wanted = std::getenv("QUANTUM_VERIFY_HISTORIES");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 400;
}

TEST(CleanHistoryTest, RaisesNoAlarm) {
    std::size_t due_times = 0;
    std::size_t entries = 0;
    std::uint64_t accused = 0;
    const char* only = std::getenv("QUANTUM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    const std::uint64_t last = only != nullptr ? first : histories();
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        Limits limits;
        limits.most = 4;
        const History history = test::clean_history(seed);
        if (const char* name = std::getenv("QUANTUM_JOB")) quantum::test::print(history, name);
        const Report report = check(history, limits);
        due_times += report.due_times;
        entries += report.entries;
        EXPECT_TRUE(report.unjudged.empty()) << "seed " << seed << ": " << to_text(report);
        if (report.clean()) continue;
        ++accused;
        if (accused <= 12) ADD_FAILURE() << "seed " << seed << ":\n" << to_text(report);
    }
    EXPECT_EQ(accused, 0u) << "of " << last - first + 1;
    EXPECT_GT(due_times, last - first);
    RecordProperty("due_times", std::to_string(due_times));
    RecordProperty("entries", std::to_string(entries));
}

bool is_rerun(const History& history, const Entry& entry) {
    return std::any_of(history.jobs.begin(), history.jobs.end(), [&](const JobRevision& revision) {
        return revision.job == entry.job && revision.revision == entry.revision &&
               entry.attempt > revision.retries + 1;
    });
}

// No alarm means something only where the histories go everywhere.
TEST(CleanHistoryTest, ReachesEveryFate) {
    std::map<std::string, std::size_t> seen;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        const History history = test::clean_history(seed);
        for (const Entry& entry : history.entries) {
            ++seen[words(entry)];
            if (entry.count > 1) ++seen["stretch"];
            if (entry.pass > 0) ++seen["later pass"];
            if (entry.attempt > 1) ++seen["retry"];
            if (entry.attempt > 1 && entry.state == EntryState::claimed) ++seen["waiting retry"];
            if (entry.open() && entry.outcome && entry.outcome->kind == OutcomeKind::lost) {
                ++seen["waiting rerun"];
            }
            if (is_rerun(history, entry)) ++seen["rerun"];
            if (entry.kind == ExecutionKind::manual) ++seen["by hand"];
            if (entry.revision > 1) ++seen["later revision"];
        }
        for (const StepNote& step : history.steps) {
            const Duration size = step.after - step.before;
            const bool large = size > std::chrono::hours(3) || size < -std::chrono::hours(3);
            ++seen[std::string(large ? "large" : "small") +
                   (size < Duration::zero() ? " step back" : " step forward")];
        }
        for (const Outage& outage : history.outages) {
            ++seen["outage " + std::to_string(static_cast<int>(outage.kind))];
        }
    }
    for (const char* fate : {"claimed",
                             "started",
                             "succeeded",
                             "failed",
                             "timed_out",
                             "killed",
                             "lost",
                             "coalesced",
                             "skipped(overlap)",
                             "skipped(misfire)",
                             "skipped(paused)",
                             "skipped(dst_gap)",
                             "skipped(concurrency)",
                             "skipped(superseded)",
                             "stretch",
                             "later pass",
                             "retry",
                             "waiting retry",
                             "waiting rerun",
                             "rerun",
                             "by hand",
                             "later revision",
                             "small step back",
                             "large step back",
                             "small step forward",
                             "large step forward",
                             "outage 0",
                             "outage 1",
                             "outage 2"}) {
        EXPECT_GE(seen[fate], 5u) << fate;
    }
}

}  // namespace
}  // namespace quantum::verify
