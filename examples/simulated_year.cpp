// How a test asks what a schedule does: a year of it in no time, over both changes of the clocks.
#include <iostream>

#include <quantum/quantum.hpp>
#include <quantum/testing.hpp>

using namespace std::chrono_literals;

int main() {
    quantum::SimulatedClock clock(std::chrono::sys_days(std::chrono::January / 1 / 2027));
    quantum::SimulatedRuntime runtime(1);  // a seed: the same one gives the same run
    quantum::MemoryStorage storage;
    quantum::ScriptedRunner runner(clock);
    runner.script("report", {.duration = 20min});
    quantum::Scheduler scheduler({clock, runtime, storage, runner});
    clock.settle_with([&] { runtime.run_until_idle(); });

    if (!scheduler.start()) return 1;
    auto added = scheduler.add_job({.name = "report",
                                    .schedule = "30 2 * * *",
                                    .task = quantum::HandlerCall{"report", {}},
                                    .zone = "Europe/Zurich"});
    if (!added) return std::cerr << added.error().message << '\n', 1;
    clock.advance(365 * 24h);

    std::size_t succeeded = 0;
    const auto entries = storage.entries({.job = "report"});
    for (const quantum::Entry& entry : *entries) {
        if (entry.state == quantum::EntryState::succeeded) ++succeeded;
    }
    std::cout << succeeded << " of " << entries->size() << " runs succeeded\n";
    return succeeded == 365 ? 0 : 1;
}
