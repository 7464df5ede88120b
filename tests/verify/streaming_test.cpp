// A ledger that is read entry by entry is judged as one that is held as a whole, whether or not
// something is wrong with it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/ledger.hpp"
#include "quantum/verify.hpp"

#include "verify/model_scheduler.hpp"
#include "verify/planted_faults.hpp"

namespace quantum::verify {
namespace {

// The entries of a history, in the order of a ledger.
class HeldLedger final : public Ledger {
public:
    explicit HeldLedger(std::vector<Entry> held) : held_(std::move(held)) {
        std::stable_sort(held_.begin(), held_.end(), [](const Entry& a, const Entry& b) {
            return std::tie(a.due, a.job, a.pass) < std::tie(b.due, b.job, b.pass);
        });
    }
    Result<std::vector<Entry>> entries(const EntryQuery&) const override { return held_; }
    Result<Entry> entry(std::string_view id) const override {
        const auto found = std::find_if(held_.begin(), held_.end(),
                                        [id](const Entry& entry) { return entry.id.text() == id; });
        if (found == held_.end()) return fail(ErrorCode::not_found, "no such entry");
        return *found;
    }
    Status each(const EntryQuery&, const std::function<bool(const Entry&)>& visit) const override {
        for (const Entry& entry : held_) {
            if (!visit(entry)) break;
        }
        return {};
    }

private:
    std::vector<Entry> held_;
};

std::vector<std::string> told(const Report& report) {
    std::vector<std::string> lines;
    for (const Finding& finding : report.findings) {
        // That ids differ is a ledger's own business.
        if (finding.text.find("the execution id also belongs") != std::string::npos) continue;
        Report one;
        one.findings.push_back(finding);
        std::string text = to_text(one);
        lines.push_back(text.substr(0, text.find('\n')));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

void compare(History history, const std::string& what) {
    history.witnesses.reset();
    history.concurrency.reset();
    Limits limits;
    limits.most = 1'000'000;
    limits.rows_in_memory = 16;
    const Report whole = check(history, limits);
    const HeldLedger ledger(std::move(history.entries));
    history.entries.clear();
    const auto streamed = check(history, ledger, limits);
    ASSERT_TRUE(streamed) << streamed.error().message;
    EXPECT_EQ(told(*streamed), told(whole)) << what;
    EXPECT_EQ(streamed->entries, whole.entries) << what;
}

// QUANTUM_VERIFY_HISTORIES=n: so many.
TEST(StreamingTest, SaysTheSameOfASoundLedger) {
    const char* wanted = std::getenv("QUANTUM_VERIFY_HISTORIES");
    const std::uint64_t most = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 300;
    for (std::uint64_t seed = 1; seed <= most && !testing::Test::HasFailure(); ++seed) {
        compare(test::clean_history(seed), "seed " + std::to_string(seed));
    }
}

// QUANTUM_VERIFY_PLANTS=n: of each fault so many.
TEST(StreamingTest, SaysTheSameOfAFaultyLedger) {
    const char* wanted = std::getenv("QUANTUM_VERIFY_PLANTS");
    const std::uint64_t most = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 5;
    for (const test::Fault& fault : test::faults()) {
        std::uint64_t planted = 0;
        for (std::uint64_t seed = 2'000'001; planted < most && seed < 2'000'000 + most * 100;
             ++seed) {
            History history = test::clean_history(seed);
            std::mt19937_64 random(seed);
            if (!fault.plant(history, random)) continue;
            ++planted;
            compare(std::move(history),
                    std::string(fault.name) + " in seed " + std::to_string(seed));
        }
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace quantum::verify
