// Clocks that are set, machines that sleep and schedulers that are down, on simulated time over the
// real ledger: what stands in it afterwards is sections 4 and 6 of the semantics, for each policy.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/scheduler.hpp"
#include "quantum/storage/sqlite.hpp"
#include "quantum/testing.hpp"

#include "support/instants.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

struct Machine {
    explicit Machine(const std::string& start) : clock(at(start)), runtime(1) {
        clock.settle_with([this] { runtime.run_until_idle(); });
        boot();
    }
    ~Machine() { halt(); }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void boot() {
        auto opened = SqliteStorage::open(scratch.path("state"));
        ASSERT_TRUE(opened) << opened.error().message;
        storage = std::move(*opened);
        runner = std::make_unique<ScriptedRunner>(clock);
        SchedulerConfig config;
        config.seed = 1;
        scheduler.emplace(SchedulerParts{clock, runtime, *storage, *runner}, config);
        ASSERT_TRUE(scheduler->start());
        clock.advance(Duration::zero());
    }
    void halt() {
        scheduler.reset();
        if (runner) runner->abandon();
        storage.reset();
    }
    void add(const std::string& name, const std::string& schedule, const std::string& zone,
             Misfire misfire) {
        Job job;
        ASSERT_TRUE(job.set_name(name));
        ASSERT_TRUE(job.set_schedule(schedule, {.zone = zone}));
        ASSERT_TRUE(job.set_task(HandlerCall{name, {}}));
        job.set_misfire(misfire);
        ASSERT_TRUE(scheduler->add_job(std::move(job)));
        clock.advance(Duration::zero());
    }
    /// "03-01 12:00 coalesced x2 pass 1" …
    [[nodiscard]] Lines ledger(const std::string& name) const {
        Lines lines;
        const auto found = storage->entries({.job = name});
        for (const Entry& entry : *found) {
            std::string line =
                spaced(entry.due).substr(5, 11) + ' ' + std::string(to_string(entry.state));
            if (entry.count > 1) line += " x" + std::to_string(entry.count);
            if (entry.pass > 0) line += " pass " + std::to_string(entry.pass);
            lines.push_back(std::move(line));
        }
        return lines;
    }

    ScratchDirectory scratch{"/dev/shm"};
    SimulatedClock clock;
    SimulatedRuntime runtime;
    std::unique_ptr<SqliteStorage> storage;
    std::unique_ptr<ScriptedRunner> runner;
    std::optional<Scheduler> scheduler;
};

struct ClockCase {
    std::string name;
    std::string start;
    std::function<void(Machine&)> happens;
    /// Of `quarter` (*/15 * * * *), by policy.
    Lines one;
    Lines all;
    Lines skip;
    /// Of `night` (30 2 * * *), by policy: what `one` and `all` make of it, and `skip`.
    Lines night;
    Lines night_skipped;
};

struct LedgerClockTest : testing::TestWithParam<ClockCase> {
    [[nodiscard]] static std::pair<Lines, Lines> after(const ClockCase& row, Misfire misfire) {
        Machine machine(row.start);
        machine.add("quarter", "*/15 * * * *", "America/New_York", misfire);
        machine.add("night", "30 2 * * *", "America/New_York", misfire);
        row.happens(machine);
        return {machine.ledger("quarter"), machine.ledger("night")};
    }
};

TEST_P(LedgerClockTest, LeavesWhatTheSemanticsSay) {
    const ClockCase& row = GetParam();
    EXPECT_EQ(after(row, Misfire::one), std::pair(row.one, row.night));
    EXPECT_EQ(after(row, Misfire::all), std::pair(row.all, row.night));
    EXPECT_EQ(after(row, Misfire::skip), std::pair(row.skip, row.night_skipped));
}

void down_for(Machine& machine, Duration time) {
    machine.halt();
    machine.clock.suspend(time);
    machine.boot();
}

void down_and_set(Machine& machine, const std::string& wall) {
    machine.halt();
    machine.clock.set_wall(at(wall));
    machine.boot();
}

const Lines missed_one{"03-01 12:00 coalesced x2", "03-01 12:30 succeeded"};
const Lines missed_all{"03-01 12:00 skipped x2", "03-01 12:30 succeeded"};
const Lines missed_skip{"03-01 12:00 skipped x3"};

const ClockCase clock_cases[] = {
    {"ForwardByMinutes",
     "2024-03-01 11:59:30",
     [](Machine& machine) {
         machine.clock.set_wall(at("2024-03-01 12:35:00"));
         machine.clock.advance(1s);
     },
     missed_one,
     missed_all,
     missed_skip,
     {},
     {}},
    {"ForwardByHours",
     "2024-03-01 11:59:30",
     [](Machine& machine) {
         machine.clock.set_wall(at("2024-03-01 14:35:00"));
         machine.clock.advance(1s);
     },
     {"03-01 12:00 coalesced x10", "03-01 14:30 succeeded"},
     {"03-01 12:00 skipped x10", "03-01 14:30 succeeded"},
     {"03-01 12:00 skipped x11"},
     {},
     {}},
    {"ForwardByDays",
     "2024-03-01 11:59:30",
     [](Machine& machine) {
         machine.clock.set_wall(at("2024-03-04 12:14:30"));
         machine.clock.advance(1min);
     },
     {"03-04 12:15 succeeded"},
     {"03-04 12:15 succeeded"},
     {"03-04 12:15 succeeded"},
     {},
     {}},
    {"BackByMinutes",
     "2024-03-01 07:29:30",
     [](Machine& machine) {
         machine.clock.advance(1min);
         machine.clock.set_wall(at("2024-03-01 07:29:30"));
         machine.clock.advance(1min);
     },
     {"03-01 07:30 succeeded", "03-01 07:30 succeeded pass 1"},
     {"03-01 07:30 succeeded", "03-01 07:30 succeeded pass 1"},
     {"03-01 07:30 succeeded", "03-01 07:30 succeeded pass 1"},
     {"03-01 07:30 succeeded"},
     {"03-01 07:30 succeeded"}},
    {"BackByHours",
     "2024-03-01 07:29:30",
     [](Machine& machine) {
         machine.clock.advance(1min);
         machine.clock.set_wall(at("2024-03-01 05:29:30"));
         machine.clock.advance(1min);
     },
     {"03-01 05:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 05:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 05:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 07:30 succeeded"},
     {"03-01 07:30 succeeded"}},
    {"BackByDays",
     "2024-03-01 07:29:30",
     [](Machine& machine) {
         machine.clock.advance(1min);
         machine.clock.set_wall(at("2024-02-28 07:29:30"));
         machine.clock.advance(1min);
     },
     {"02-28 07:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"02-28 07:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"02-28 07:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"02-28 07:30 succeeded pass 1", "03-01 07:30 succeeded"},
     {"02-28 07:30 succeeded pass 1", "03-01 07:30 succeeded"}},
    {"Suspended",
     "2024-03-01 11:59:30",
     [](Machine& machine) {
         machine.clock.suspend(35min + 30s);
         machine.clock.advance(1s);
     },
     missed_one,
     missed_all,
     missed_skip,
     {},
     {}},
    {"Down",
     "2024-03-01 11:59:30",
     [](Machine& machine) { down_for(machine, 35min + 30s); },
     missed_one,
     missed_all,
     missed_skip,
     {},
     {}},
    // Half past two does not exist: it is due at the first instant after, 07:00 UTC.
    {"DownOverTheSpringChange",
     "2024-03-10 06:50:00",
     [](Machine& machine) { down_for(machine, 30min); },
     {"03-10 07:00 coalesced", "03-10 07:15 succeeded"},
     {"03-10 07:00 skipped", "03-10 07:15 succeeded"},
     {"03-10 07:00 skipped x2"},
     {"03-10 07:00 succeeded"},
     {"03-10 07:00 skipped"}},
    // In the second pass of one o'clock every real quarter counts; 02:30 comes once, at 07:30 UTC.
    {"DownOverTheAutumnChange",
     "2024-11-03 05:50:00",
     [](Machine& machine) { down_for(machine, 1h + 45min); },
     {"11-03 06:00 coalesced x6", "11-03 07:30 succeeded"},
     {"11-03 06:00 skipped x6", "11-03 07:30 succeeded"},
     {"11-03 06:00 skipped x7"},
     {"11-03 07:30 succeeded"},
     {"11-03 07:30 skipped"}},
    {"SetBackWhileDown",
     "2024-03-01 07:29:30",
     [](Machine& machine) {
         machine.clock.advance(1min);
         down_and_set(machine, "2024-03-01 06:59:30");
         machine.clock.advance(1min);
     },
     {"03-01 07:00 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 07:00 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 07:00 succeeded pass 1", "03-01 07:30 succeeded"},
     {"03-01 07:30 succeeded"},
     {"03-01 07:30 succeeded"}},
};

INSTANTIATE_TEST_SUITE_P(Table, LedgerClockTest, testing::ValuesIn(clock_cases),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace quantum::test
