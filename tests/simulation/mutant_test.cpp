// Does the simulation find what it is there to find? The scheduler is built once more with mistakes
// in it (src/scheduler/mutant.hpp); with each of them some seed must raise the alarm.
// QUANTUM_MUTANT_SEEDS=n: at most so many seeds a mistake.
#include "scheduler/mutant.hpp"

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "simulation/busy_day.hpp"

#ifdef __SANITIZE_ADDRESS__
// A mistake may leave things behind: a run that is handed out twice is never over.
// NOLINTNEXTLINE(bugprone-reserved-identifier): its name is the sanitizer's
extern "C" const char* __lsan_default_options() { return "detect_leaks=0"; }
#endif

namespace quantum::test {
namespace {

using scheduler::active_mutant;
using scheduler::Mutant;

struct Mistake {
    const char* name;
    Mutant mutant;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.name; }

std::uint64_t most_seeds() {
    const char* wanted = std::getenv("QUANTUM_MUTANT_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1000;
}

class MutantTest : public testing::TestWithParam<Mistake> {
    void TearDown() override { active_mutant = Mutant::none; }
};

TEST_P(MutantTest, IsCaught) {
    active_mutant = GetParam().mutant;
    for (std::uint64_t seed = 1; seed <= most_seeds(); ++seed) {
        const SimulationReport report = busy_day(seed);
        if (report.clean()) continue;
        RecordProperty("seed", std::to_string(seed));
        std::cout << GetParam().name << ": caught by seed " << seed << ": "
                  << (report.problems.empty() ? report.verdict.findings.front().text
                                              : report.problems.front())
                  << '\n';
        return;
    }
    FAIL() << "not caught by " << most_seeds() << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, MutantTest,
    testing::Values(Mistake{"ClaimAfterStart", Mutant::claim_after_start},
                    Mistake{"WatermarkTooEarly", Mutant::watermark_too_early},
                    Mistake{"TakeBackForgets", Mutant::take_back_forgets},
                    Mistake{"OverlapMarkKept", Mutant::overlap_mark_kept},
                    Mistake{"EffectiveFromExclusive", Mutant::effective_from_exclusive},
                    Mistake{"LostWakeup", Mutant::lost_wakeup},
                    Mistake{"UnknownAsFailed", Mutant::unknown_as_failed},
                    Mistake{"UnknownAsDone", Mutant::unknown_as_done},
                    Mistake{"StartedKeptAtRestart", Mutant::started_kept_at_restart},
                    Mistake{"HandedOutTwice", Mutant::handed_out_twice},
                    Mistake{"GraceIgnored", Mutant::grace_ignored},
                    Mistake{"CapIgnored", Mutant::cap_ignored},
                    Mistake{"LeftoversForgotten", Mutant::leftovers_forgotten},
                    Mistake{"StaleDefinition", Mutant::stale_definition},
                    Mistake{"PausedGoesOn", Mutant::paused_goes_on},
                    Mistake{"ConcurrencyIgnored", Mutant::concurrency_ignored},
                    Mistake{"AcceptanceIgnored", Mutant::acceptance_ignored},
                    Mistake{"QueueLostAtRestart", Mutant::queue_lost_at_restart},
                    Mistake{"RoundNotResent", Mutant::round_not_resent},
                    Mistake{"FinishLostOnFailure", Mutant::finish_lost_on_failure},
                    Mistake{"MissedAllRun", Mutant::missed_all_run},
                    Mistake{"StepBackSilences", Mutant::step_back_silences},
                    Mistake{"StepBackRepeats", Mutant::step_back_repeats},
                    Mistake{"CorrectionReplayed", Mutant::correction_replayed},
                    Mistake{"UsedUntilForgotten", Mutant::used_until_forgotten},
                    Mistake{"TurnNotGiven", Mutant::turn_not_given}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace quantum::test
