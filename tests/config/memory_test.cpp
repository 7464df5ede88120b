// What a line of a crontab takes, from the file to the scheduler that holds it.
#include "support/memory.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/storage/noop_storage.hpp"
#include "quantum/testing.hpp"

#include "config/crontab.hpp"
#include "config/crontab_jobs.hpp"
#include "config/job_diff.hpp"
#include "model/packed_command.hpp"
#include "support/instants.hpp"

namespace quantum::config {
namespace {

using test::bytes_in_use;

constexpr std::size_t lines = 10'000;
constexpr std::size_t most_bytes_a_line = 600;

/// A line with a command and a schedule that few others have.
std::string line(std::size_t number) {
    const std::string text = std::to_string(number);
    return std::to_string(number % 60) + ' ' + std::to_string(number / 60 % 24) + ' ' +
           std::to_string(1 + number / 1440 % 28) + " * * /usr/local/bin/task-" + text +
           " --flag value-" + text + " >/dev/null\n";
}

constexpr const char* assignments = "MAILTO=ops\nLANG=C.UTF-8\n";

std::string many_lines() {
    std::string text = assignments;
    for (std::size_t number = 0; number < lines; ++number) text += line(number);
    return text;
}

std::vector<Job> jobs_in(const std::string& text) {
    Crontab crontab = parse_crontab(text, {.stem = "site", .zone = "Europe/Zurich"});
    const Environment inherited = {{"QUANTUM_SITE", "one"}};
    return make_jobs(crontab, {.path = "/etc/quantum/site.crontab",
                               .account = {"me", "/home/me"},
                               .inherited = inherited});
}

/// A scheduler that runs nothing and keeps nothing.
struct MemoryTest : testing::Test {
    SimulatedClock clock{test::at("2024-03-01 11:59:30")};
    SimulatedRuntime runtime{1};
    NoopStorage storage;
    ScriptedRunner runner{clock};
    Scheduler scheduler{SchedulerParts{clock, runtime, storage, runner}, SchedulerConfig{}};

    void SetUp() override {
        if (!test::counts_memory) GTEST_SKIP() << "the allocator does not say what is in use";
        clock.settle_with([this] { runtime.run_until_idle(); });
        ASSERT_TRUE(scheduler.start());
        clock.advance(Duration::zero());
        ASSERT_TRUE(scheduler.add_jobs(jobs_in("0 0 1 1 * /bin/true\n")));
        clock.advance(Duration::zero());
    }
    void TearDown() override { static_cast<void>(scheduler.stop(Duration::zero())); }

    void add(std::vector<Job> jobs) {
        ASSERT_TRUE(scheduler.add_jobs(std::move(jobs)));
        clock.advance(Duration::zero());
    }
    [[nodiscard]] JobRef job_of(std::size_t number) const {
        return *scheduler.find_job(jobs_in(line(number)).front().name());
    }
};

TEST_F(MemoryTest, ALineWithACommandOfItsOwnTakesAtMost600Bytes) {
    const std::size_t before = bytes_in_use();
    add(jobs_in(many_lines()));
    const std::size_t each = (bytes_in_use() - before) / lines;
    RecordProperty("bytes_a_line", static_cast<int>(each));
    EXPECT_LE(each, most_bytes_a_line);
    EXPECT_EQ(scheduler.jobs()->size(), lines + 1);
}

// As a program of somebody's own makes them: each job from parts of its own.
TEST_F(MemoryTest, AJobThatWasMadeAloneTakesNoMore) {
    const std::size_t before = bytes_in_use();
    const std::size_t resident = test::resident_bytes();
    std::vector<Job> jobs;
    for (std::size_t number = 0; number < lines; ++number) {
        Job& job = jobs.emplace_back();
        ASSERT_TRUE(job.set_name("site:" + std::string(50, 'x') + std::to_string(number)));
        ASSERT_TRUE(job.set_schedule(std::to_string(number % 60) + " 3 * * *"));
        Command command;
        command.argv = {"/bin/sh", "-c", line(number)};
        command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/home/me"}, {"USER", "me"}};
        command.limits.open_files = 64;
        command.user = "me";
        ASSERT_TRUE(job.set_task(std::move(command)));
        job.set_overlap(Overlap::allow).set_source("program:" + std::to_string(number + 1));
    }
    add(std::exchange(jobs, {}));
    EXPECT_LE((bytes_in_use() - before) / lines, most_bytes_a_line);
    // What its maker had lies nowhere among what stays. Twice as much, for the holes that other
    // tests have left; a page each would be three times.
    EXPECT_LE(test::resident_bytes(), resident + lines * 2 * most_bytes_a_line);
}

TEST_F(MemoryTest, AReloadOfOneLineSharesWithAllTheOthers) {
    add(jobs_in(many_lines()));
    add(jobs_in(assignments + line(lines + 6)));  // what the first reload alone needs
    const std::size_t before = bytes_in_use();
    add(jobs_in(assignments + line(lines + 7)));
    EXPECT_LE(bytes_in_use() - before, 2 * most_bytes_a_line);
    const JobRef first = job_of(0);
    const JobRef added = job_of(lines + 7);
    ASSERT_TRUE(first && added);
    EXPECT_EQ(&model::CommandView::of(first->task())->common(),
              &model::CommandView::of(added->task())->common());
}

TEST_F(MemoryTest, ARepeatedReloadTakesNothing) {
    const std::string text = many_lines();
    add(jobs_in(text));
    const std::size_t before = bytes_in_use();
    for (int round = 0; round < 5; ++round) {
        const auto diff =
            diff_jobs(*scheduler.jobs(), jobs_in(text), [](const Job&) { return false; });
        ASSERT_TRUE(diff);
        ASSERT_EQ(diff->unchanged.size(), lines);
    }
    EXPECT_LE(bytes_in_use(), before + 16 * 1024);
}

TEST_F(MemoryTest, NobodyUnfoldsACommandToHoldIt) {
    add(jobs_in(many_lines()));
    const JobRef job = job_of(5);
    ASSERT_TRUE(job);
    const std::size_t before = bytes_in_use();
    const Command* command = command_of(job->task());
    EXPECT_GE(bytes_in_use() - before, sizeof(Command));  // it had not been there
    EXPECT_EQ(command->argv.at(1), "-c");
}

}  // namespace
}  // namespace quantum::config
