// Fifty edits of two files: what the plan says is exactly what a simulated month does.
#include "plan/edits.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job_changes.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/storage/memory_storage.hpp"
#include "quantum/testing.hpp"

#include "config/account.hpp"
#include "config/job_diff.hpp"
#include "config/load.hpp"
#include "daemon/reconcile.hpp"
#include "plan/plan.hpp"
#include "support/instants.hpp"
#include "support/scratch_directory.hpp"
#include "zone/zone.hpp"

namespace quantum::plan {
namespace {

using namespace std::chrono_literals;
using std::chrono::floor;
using test::at;

const WallTime accepted_time = at("2027-03-05 07:12:00");
const WallTime reload_time = at("2027-03-10 12:34:56");
constexpr Duration month = 24h * 30;

/// What ran of each job, by due time.
using Runs = std::map<std::string, std::set<WallTime>>;

std::vector<Job> load(const Files& files, const ScratchDirectory& scratch, WallTime when,
                      const config::KnownJobs& known) {
    const std::vector<std::string> paths{scratch.write("jobs.crontab", files.crontab),
                                         scratch.write("jobs.toml", files.toml)};
    const config::LoadOptions options{.zone = "UTC",
                                      .account = config::own_account(),
                                      .inherited = {},
                                      .now = when,
                                      .known = known};
    auto jobs = config::jobs_of(config::load_files(paths, options));
    EXPECT_TRUE(jobs) << jobs.error().message;
    return jobs ? *std::move(jobs) : std::vector<Job>{};
}

/// The files as they were taken, five days before; then either left alone, or edited.
class Month {
public:
    explicit Month(const ScratchDirectory& scratch) : scratch_(scratch) {
        clock_.settle_with([this] { runtime_.run_until_idle(); });
        SchedulerConfig config;
        config.seed = 3;
        scheduler_ = std::make_unique<Scheduler>(
            SchedulerParts{clock_, runtime_, storage_, runner_}, std::move(config));
        EXPECT_TRUE(scheduler_->start());
        apply(load(original_files(), scratch_, accepted_time, {}));
        clock_.advance_to(reload_time);
    }

    [[nodiscard]] std::vector<StoredJob> known() {
        auto snapshot = storage_.load();
        return snapshot && snapshot->jobs ? *snapshot->jobs : std::vector<StoredJob>{};
    }

    void apply(std::vector<Job> wanted) {
        const std::vector<JobRef> jobs = *scheduler_->jobs();
        auto changes = daemon::reconcile(jobs, std::move(wanted), daemon::StartReason::reload,
                                         [](const Job&) { return false; });
        ASSERT_TRUE(changes) << changes.error().message;
        ASSERT_TRUE(scheduler_->change_jobs(std::move(changes->changes)));
        clock_.advance(Duration::zero());
    }

    [[nodiscard]] Runs run() {
        clock_.advance_to(reload_time + month - Duration(1));
        Runs runs;
        for (const ScriptedRunner::Run& one : runner_.runs()) {
            if (one.execution.due >= reload_time)
                runs[one.execution.job->name()].insert(one.execution.due);
        }
        return runs;
    }

private:
    const ScratchDirectory& scratch_;
    SimulatedClock clock_{accepted_time};
    SimulatedRuntime runtime_{1};
    MemoryStorage storage_{1'000'000};
    ScriptedRunner runner_{clock_};
    std::unique_ptr<Scheduler> scheduler_;
};

/// What differs between two months of a job, reckoned anew.
struct Difference {
    std::uint64_t vanish = 0;
    std::uint64_t appear = 0;
    std::uint64_t moved = 0;
    std::optional<WallTime> first_vanishing{};
    std::optional<WallTime> first_appearing{};
};

Difference difference_of(const std::set<WallTime>& before, const std::set<WallTime>& after,
                         const std::string& zone_name) {
    const zone::Zone& zone = *zone::Zone::named(zone_name);
    std::map<std::chrono::sys_days, std::pair<std::vector<WallTime>, std::vector<WallTime>>> days;
    const auto day_of = [&zone](WallTime due) {
        const auto since = floor<std::chrono::seconds>(due);
        const std::chrono::seconds offset(zone.window_at(since.time_since_epoch().count())->offset);
        return floor<std::chrono::days>(since + offset);
    };
    for (const WallTime due : before) {
        if (!after.contains(due)) days[day_of(due)].first.push_back(due);
    }
    for (const WallTime due : after) {
        if (!before.contains(due)) days[day_of(due)].second.push_back(due);
    }
    Difference found;
    for (const auto& [day, both] : days) {
        const auto& [gone, come] = both;
        // Where one side has no runs at all in the period, nothing moves.
        if (gone.size() == come.size() && !before.empty() && !after.empty()) {
            found.moved += gone.size();
            continue;
        }
        found.vanish += gone.size();
        found.appear += come.size();
        if (!gone.empty() && !found.first_vanishing) found.first_vanishing = gone.front();
        if (!come.empty() && !found.first_appearing) found.first_appearing = come.front();
    }
    return found;
}

void compare(const JobPlan& job, const std::set<WallTime>& before,
             const std::set<WallTime>& after) {
    SCOPED_TRACE(job.job);
    const DueChange& due = job.due;
    EXPECT_EQ(due.before, before.size());
    EXPECT_EQ(due.after, after.size());
    const Difference expected = difference_of(before, after, job.zone);
    EXPECT_EQ(due.vanish, expected.vanish);
    EXPECT_EQ(due.appear, expected.appear);
    EXPECT_EQ(due.moved, expected.moved);
    EXPECT_EQ(due.first_vanishing, expected.first_vanishing);
    EXPECT_EQ(due.first_appearing, expected.first_appearing);
    if (!before.empty()) {
        EXPECT_EQ(due.next_before, *before.begin());
    }
    if (!after.empty()) {
        EXPECT_EQ(due.next_after, *after.begin());
    }
    std::uint64_t moves = 0;
    for (const Move& move : due.moves) moves += move.count;
    EXPECT_EQ(moves, due.moved);
}

TEST(PlanEditsTest, SayExactlyWhatASimulatedMonthDoes) {
    const ScratchDirectory scratch;
    const Runs before = Month(scratch).run();
    ASSERT_GT(before.at("load").size(), 1400u);
    const auto edits = fifty_edits();
    ASSERT_EQ(edits.size(), 50u);
    std::size_t changes = 0;
    for (const Edit& edit : edits) {
        SCOPED_TRACE(edit.name);
        Files files = original_files();
        edit.make(files);
        Month edited(scratch);
        const std::vector<StoredJob> known = edited.known();
        const auto find = [&known](const std::string& name) -> std::optional<Job> {
            for (const StoredJob& stored : known) {
                if (stored.job->name() == name) return *stored.job;
            }
            return std::nullopt;
        };
        std::vector<Job> wanted = load(files, scratch, reload_time, find);
        const auto plan = make_plan({known, {}}, wanted, {reload_time, reload_time + month});
        ASSERT_TRUE(plan) << plan.error().message;
        edited.apply(std::move(wanted));
        const Runs after = edited.run();

        const auto runs_of = [](const Runs& runs, const std::string& job) {
            const auto found = runs.find(job);
            return found == runs.end() ? std::set<WallTime>{} : found->second;
        };
        std::set<std::string> planned;
        for (const JobPlan& job : plan->jobs) {
            planned.insert(job.job);
            ++changes;
            compare(job, runs_of(before, job.job), runs_of(after, job.job));
            EXPECT_EQ(job.kind == ChangeKind::changed, !job.fields.empty()) << job.job;
        }
        std::set<std::string> names;
        for (const auto& [name, runs] : before) names.insert(name);
        for (const auto& [name, runs] : after) names.insert(name);
        for (const std::string& name : names) {
            if (planned.contains(name)) continue;
            EXPECT_EQ(runs_of(before, name), runs_of(after, name)) << name << " is not in the plan";
        }
        EXPECT_EQ(
            plan->unchanged + plan->count(ChangeKind::changed) + plan->count(ChangeKind::removed),
            known.size());
        if (testing::Test::HasFailure()) break;
    }
    EXPECT_GT(changes, 80u);
}

struct PlanTest : testing::Test {
    const ScratchDirectory scratch;
    Month month_{scratch};
    const std::vector<StoredJob> known = month_.known();

    [[nodiscard]] Plan plan_of(const std::function<void(Files&)>& edit,
                               std::multiset<std::string> running = {}) {
        Files files = original_files();
        edit(files);
        const auto found =
            make_plan({known, std::move(running)}, load(files, scratch, reload_time, {}),
                      {reload_time, reload_time + month});
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(Plan{});
    }
};

TEST_F(PlanTest, TellsWhatOfAJobChanges) {
    const Plan plan = plan_of([](Files& files) {
        files.in_toml("retries = 2", "retries = 5\ntimeout = \"10m\"\nzone = \"UTC\"");
    });
    ASSERT_EQ(plan.jobs.size(), 1u);
    EXPECT_EQ(plan.jobs[0].job, "night");
    EXPECT_EQ(plan.jobs[0].revision, 1u);
    const auto keys = [&] {
        std::vector<std::string> found;
        for (const FieldChange& field : plan.jobs[0].fields) found.push_back(field.key);
        return found;
    }();
    EXPECT_THAT(keys, testing::IsSupersetOf({"zone", "retries", "timeout"}));
    EXPECT_EQ(plan.jobs[0].fields[0], (FieldChange{"zone", "America/New_York", "UTC"}));
}

TEST_F(PlanTest, SaysHowFarRunsMove) {
    const Plan plan = plan_of([](Files& files) { files.in_toml("retries = 2", "zone = \"UTC\""); });
    ASSERT_EQ(plan.jobs.size(), 1u);
    const DueChange& due = plan.jobs[0].due;
    EXPECT_EQ(due.moved, 30u);
    ASSERT_EQ(due.moves.size(), 3u) << "before, on and after 14 March";
    EXPECT_EQ(due.moves[0].by, -5h);
    EXPECT_EQ(due.moves[1].by, -4h - 30min) << "02:30 does not exist that day";
    EXPECT_EQ(due.moves[2].by, -4h);
}

TEST_F(PlanTest, ARenameIsRecognized) {
    const Plan plan =
        plan_of([](Files& files) { files.in_crontab("# name: weekly", "# name: every-week"); });
    ASSERT_EQ(plan.jobs.size(), 2u);
    EXPECT_EQ(plan.jobs[0].kind, ChangeKind::added);
    EXPECT_EQ(plan.jobs[1].kind, ChangeKind::removed);
    EXPECT_EQ(plan.jobs[1].renamed_to, "every-week");
}

TEST_F(PlanTest, WhatRunsOfADeletedJobIsTold) {
    const Plan plan = plan_of(
        [](Files& files) { files.in_crontab("# name: weekly\n0 5 * * 1 /bin/true weekly\n", ""); },
        {"weekly", "weekly", "load"});
    ASSERT_EQ(plan.jobs.size(), 1u);
    EXPECT_EQ(plan.jobs[0].running, 2u);
    EXPECT_EQ(plan.jobs[0].due.before, 4u);
    EXPECT_EQ(plan.jobs[0].renamed_to, "");
}

TEST_F(PlanTest, ManyDueTimesAreCountedAndTheFirstThatDifferAreNamed) {
    Files files = original_files();
    files.in_crontab("*/30 * * * * /bin/true load --all", "* * * * * /bin/true load --all");
    const auto found = make_plan({known, {}}, load(files, scratch, reload_time, {}),
                                 {reload_time, reload_time + month, 1000});
    ASSERT_TRUE(found);
    const DueChange& due = found->jobs.at(0).due;
    EXPECT_TRUE(due.is_counted);
    EXPECT_EQ(due.before, 1440u);
    EXPECT_EQ(due.after, 43'200u);
    EXPECT_EQ(due.first_vanishing, std::nullopt);
    EXPECT_EQ(due.first_appearing, at("2027-03-10 12:35:00"));
}

TEST_F(PlanTest, ANameOfSomebodyElseIsRefused) {
    std::vector<StoredJob> jobs = known;
    Job other = *jobs.front().job;
    other.set_source("api:ops");
    ASSERT_TRUE(other.set_name("report"));
    std::erase_if(jobs, [](const StoredJob& stored) { return stored.job->name() == "report"; });
    jobs.push_back({JobRef(other), 1, accepted_time, {}, {}});
    const auto refused = make_plan({jobs, {}}, load(original_files(), scratch, reload_time, {}),
                                   {reload_time, reload_time + month});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
}

}  // namespace
}  // namespace quantum::plan
