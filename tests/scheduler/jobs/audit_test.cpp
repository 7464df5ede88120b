// What the ledger says of changes: who made them, and with which zone data (semantics section 2).
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job_changes.hpp"

#include "support/scratch_directory.hpp"
#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

/// Gathers what is noted of people and files.
struct AuditTest : testing::Test {
    World world;
    std::vector<AuditNote> notes;

    AuditTest() {
        world.gate.fail_with([this](const Batch& batch) {
            for (const AuditNote& note : batch.audit) {
                if (note.actor != "scheduler") notes.push_back(note);
            }
            return StorageGate::Fault::none;
        });
    }
};

TEST_F(AuditTest, NotesWhoAskedAndWhatFor) {
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    ASSERT_TRUE(world.scheduler->pause_job("report", {.note = "swap", .actor = "api:ops"}));
    ASSERT_TRUE(world.scheduler->trigger("report", {.actor = "cli:uid 0"}));
    ASSERT_TRUE(world.scheduler->delete_job("report", {.actor = "cli:uid 0"}));
    const WallTime now = world.clock.wall_now();
    EXPECT_THAT(notes, ElementsAre(AuditNote{now, "api:ops", "pause", "report", "swap"},
                                   AuditNote{now, "cli:uid 0", "trigger", "report", ""},
                                   AuditNote{now, "cli:uid 0", "delete", "report", ""}));
}

TEST_F(AuditTest, SecurityItem32NotesEachChangeThatFilesBring) {
    const auto job = [](const std::string& name, const std::string& schedule, const char* source) {
        Job made = World::job(name, schedule);
        made.set_source(source);
        return made;
    };
    world.start();
    ASSERT_TRUE(world.scheduler->change_jobs(
        {.put = {job("a", "0 12 * * *", "ops.crontab:3"), job("b", "0 1 * * *", "ops.crontab:4"),
                 job("c", "0 2 * * *", "etc/a:b.toml")},
         .from_files = true}));
    Job paused = job("b", "0 1 * * *", "ops.crontab:5");
    paused.set_state(JobState::inactive);
    ASSERT_TRUE(
        world.scheduler->change_jobs({.put = {job("a", "5 12 * * *", "ops.crontab:3"), paused},
                                      .remove = {"c", "nobody"},
                                      .from_files = true}));
    const WallTime now = world.clock.wall_now();
    EXPECT_THAT(
        notes,
        ElementsAre(AuditNote{now, "file:ops.crontab", "add", "a", "0 12 * * *"},
                    AuditNote{now, "file:ops.crontab", "add", "b", "0 1 * * *"},
                    AuditNote{now, "file:etc/a:b.toml", "add", "c", "0 2 * * *"},
                    AuditNote{now, "file:etc/a:b.toml", "delete", "c", "0 2 * * *"},
                    AuditNote{now, "file:ops.crontab", "update", "a", "0 12 * * * -> 5 12 * * *"},
                    AuditNote{now, "file:ops.crontab", "update", "b", "definition"}));

    notes.clear();
    std::vector<Job> many;
    for (int i = 0; i < 1001; ++i) many.push_back(World::job(std::to_string(i), "0 1 * * *"));
    ASSERT_TRUE(world.scheduler->change_jobs({.put = many, .from_files = true}));
    EXPECT_THAT(notes, ElementsAre(AuditNote{now, "file", "put", "", "1001 jobs"}));

    notes.clear();
    Job late = job("late", "0 1 * * *", "ops.crontab:6");
    late.set_schedule(Schedule::once(now - 1h));
    EXPECT_FALSE(
        world.scheduler->change_jobs({.put = {late}, .remove = {"a"}, .from_files = true}));
    EXPECT_THAT(notes, ElementsAre()) << "nothing has changed";
}

TEST_F(AuditTest, NotesALateStartThoughTheBatchThatSaidSoIsRefused) {
    world.start();
    world.add(World::job("report", "* * * * *"));
    bool trouble = true;
    std::vector<std::string> late;
    world.gate.fail_with([&](const Batch& batch) {
        if (trouble) return StorageGate::Fault::failed;
        for (const AuditNote& note : batch.audit) {
            if (note.action == "late") late.push_back(note.detail);
        }
        return StorageGate::Fault::none;
    });
    world.clock.advance(3min);
    trouble = false;
    world.clock.advance(10s);
    EXPECT_THAT(late, Contains("since 2024-03-01T12:00:00Z"));
}

TEST(ZoneData, ItsVersionIsKeptWithEachRevisionAndComparedAtTheStart) {
    const ScratchDirectory scratch;
    std::vector<std::string> said;
    SchedulerConfig config;
    config.log = [&](LogLevel, std::string_view message, std::span<const LogField> fields) {
        if (!message.starts_with("time-zone data")) return;
        said.emplace_back(message);
        for (const LogField& field : fields) {
            said.back() += " " + std::string(field.key) + "=" + std::string(field.value);
        }
    };
    setenv("TZDIR", scratch.path(".").c_str(), 1);
    scratch.write("tzdata.zi", "# version 2031a\n");
    World world({.config = config});
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    world.add(World::job("b", "0 12 * * *"));
    EXPECT_EQ(world.storage->job_history().back().stored.zone_data, "2031a");
    world.crash_process(1min);
    EXPECT_THAT(said, ElementsAre());
    scratch.write("tzdata.zi", "# version 2031b\n");
    world.crash_process(1min);
    EXPECT_THAT(said, ElementsAre("time-zone data has changed since jobs were accepted then=2031a "
                                  "now=2031b jobs=2"));
    world.add(World::job("b", "5 12 * * *"));
    EXPECT_EQ(world.storage->job_history().back().stored.zone_data, "2031b");
    unsetenv("TZDIR");
}

}  // namespace
}  // namespace quantum::test
