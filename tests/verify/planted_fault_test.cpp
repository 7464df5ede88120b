#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "verify/model_scheduler.hpp"
#include "verify/planted_faults.hpp"
#include "verify/print_history.hpp"

namespace quantum::verify {

namespace test {
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }
}  // namespace test

namespace {

// How many histories are spoiled in each way: QUANTUM_VERIFY_PLANTS, else a few. With QUANTUM_JOB=*
// (or a name) what is on record is printed where a fault was not told.
std::uint64_t plants() {
    const char* wanted = std::getenv("QUANTUM_VERIFY_PLANTS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20;
}

class PlantedFaultTest : public testing::TestWithParam<test::Fault> {};

TEST_P(PlantedFaultTest, IsAlwaysCaught) {
    const test::Fault& fault = GetParam();
    std::uint64_t planted = 0;
    std::uint64_t caught = 0;
    std::uint64_t seed = 1'000'000;
    // A rare place needs many histories: give up where one in two hundred would be enough.
    for (std::uint64_t tried = 0; planted < plants() && tried < plants() * 200; ++tried) {
        History history = test::clean_history(++seed);
        std::mt19937_64 random(seed);
        if (!fault.plant(history, random)) continue;
        ++planted;
        Limits limits;
        limits.most = 100'000;
        const Report report = check(history, limits);
        const bool told = std::any_of(
            report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
                return std::find(fault.told.begin(), fault.told.end(), finding.kind) !=
                           fault.told.end() &&
                       finding.text.find(fault.says) != std::string::npos;
            });
        if (told) {
            ++caught;
        } else if (planted - caught <= 3) {
            ADD_FAILURE() << "seed " << seed << " told only:\n" << to_text(report);
            if (const char* name = std::getenv("QUANTUM_JOB")) quantum::test::print(history, name);
        }
        for (const Finding& finding : report.findings) {
            EXPECT_FALSE(finding.text.empty());
        }
    }
    EXPECT_EQ(caught, planted);
    EXPECT_EQ(planted, plants()) << "too few histories offer a place for this fault";
}

INSTANTIATE_TEST_SUITE_P(Kinds, PlantedFaultTest, testing::ValuesIn(test::faults()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace quantum::verify
