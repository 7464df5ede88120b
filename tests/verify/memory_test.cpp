// The checker's memory does not grow with due times. Some hundred thousand of them, unless
// QUANTUM_LONG is set; then a year of a thousand jobs, and a hundred million of one.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/storage/ledger.hpp"
#include "quantum/verify.hpp"

#include "verify/times.hpp"

namespace quantum::verify {
namespace {

using namespace std::chrono_literals;

#ifdef __SANITIZE_ADDRESS__
constexpr bool keeps_freed_memory = true;
#else
constexpr bool keeps_freed_memory = false;
#endif

bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

// The most memory that was resident since the last `forget_peak`, in KiB.
long peak() {
    std::ifstream in("/proc/self/status");
    for (std::string word; in >> word;) {
        if (word != "VmHWM:") continue;
        long kib = 0;
        in >> kib;
        return kib;
    }
    return 0;
}
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

// Entries that are made as they are read: every `period` one of each job, done within a second.
// Each hundredth is a stretch of skips instead, of `stretch` due times.
class MadeLedger final : public Ledger {
public:
    MadeLedger(std::vector<std::string> jobs, WallTime from, WallTime to, Duration period,
               std::uint32_t stretch)
        : jobs_(std::move(jobs)), from_(from), to_(to), period_(period), stretch_(stretch) {}

    Result<std::vector<Entry>> entries(const EntryQuery&) const override {
        return std::vector<Entry>();
    }
    Result<Entry> entry(std::string_view) const override {
        return fail(ErrorCode::not_found, "not asked for");
    }
    Status each(const EntryQuery&, const std::function<bool(const Entry&)>& visit) const override {
        std::uint64_t number = 0;
        for (WallTime due = from_; due <= to_;) {
            const bool skips = ++number % 100 == 0 && due + stretch_ * period_ <= to_;
            for (const std::string& job : jobs_) {
                Entry entry;
                entry.job = job;
                entry.due = entry.until = due;
                entry.id.bytes[0] = 1;
                entry.claimed_at = due;
                if (skips) {
                    entry.until = due + (stretch_ - 1) * period_;
                    entry.count = stretch_;
                    entry.state = EntryState::skipped;
                    entry.reason = SkipReason::node_down;
                    entry.ended_at = due;
                } else {
                    entry.state = EntryState::succeeded;
                    entry.handed_at = entry.started_at = due;
                    entry.ended_at = due + 500ms;
                }
                if (!visit(entry)) return {};
            }
            due += (skips ? stretch_ : 1) * period_;
        }
        return {};
    }

private:
    std::vector<std::string> jobs_;
    WallTime from_;
    WallTime to_;
    Duration period_;
    std::uint32_t stretch_;
};

struct MemoryTest : testing::Test {
    const WallTime from = test::at("2027-01-01T00:00:00Z");

    Report judge(const std::vector<std::string>& jobs, const char* text, Dialect dialect,
                 WallTime to, Duration period, std::uint32_t stretch) {
        History history;
        for (const std::string& name : jobs) {
            JobRevision& revision = history.jobs.emplace_back();
            revision.job = name;
            revision.effective_from = from;
            revision.schedules.push_back({text, dialect, "UTC", {}});
        }
        history.watermark = history.now = to;
        const MadeLedger ledger(jobs, from, to, period, stretch);
        forget_peak();
        const long before = peak();
        auto report = check(history, ledger);
        grown_kib = peak() - before;
        EXPECT_TRUE(report);
        if (!report) return {};
        EXPECT_TRUE(report->clean()) << to_text(*report);
        return std::move(*report);
    }

    long grown_kib = 0;
};

TEST_F(MemoryTest, AYearOfAThousandJobsTakesAFewMegabytes) {
    std::vector<std::string> jobs;
    for (int i = 0; i < 1000; ++i) jobs.push_back("job-" + std::to_string(i));
    const auto days = std::chrono::days(is_long() ? 365 : 5);
    const Report report = judge(jobs, "*/30 * * * *", Dialect::cron, from + days, 30min, 1);
    EXPECT_EQ(report.jobs, 1000U);
    EXPECT_GT(report.due_times, is_long() ? 17'000'000U : 200'000U);
    if (!keeps_freed_memory) {
        EXPECT_LT(grown_kib, 48 << 10);
    }
}

TEST_F(MemoryTest, AHundredMillionDueTimesOfOneJobTakeAFewMegabytes) {
    const auto length = std::chrono::seconds(is_long() ? 100'000'000 : 500'000);
    const Report report =
        judge({"tick"}, "* * * * * *", Dialect::quantum_extended, from + length, 1s, 5000);
    EXPECT_EQ(report.due_times, static_cast<std::size_t>(length.count()) + 1);
    if (!keeps_freed_memory) {
        EXPECT_LT(grown_kib, 16 << 10);
    }
}

}  // namespace
}  // namespace quantum::verify
