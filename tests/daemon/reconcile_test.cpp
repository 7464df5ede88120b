#include "daemon/reconcile.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"

namespace quantum::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime long_ago{std::chrono::hours(1000)};

Command program(const char* path) {
    Command command;
    command.argv = {path};
    return command;
}

Job make_job(const std::string& name, std::string_view schedule) {
    Job job;
    EXPECT_TRUE(job.set_name(name));
    EXPECT_TRUE(job.set_schedule(schedule));
    EXPECT_TRUE(job.set_task(program("/bin/true")));
    job.set_source("site.crontab:1");
    return job;
}

Job anchored(Job job, WallTime anchor) {
    job.set_schedule(job.schedule()->anchored_at(anchor));
    return job;
}

JobRef known(Job job) { return job; }

FileChanges reconciled(const std::vector<JobRef>& jobs, const std::vector<Job>& wanted,
                       StartReason occasion) {
    return reconcile(jobs, wanted, occasion, [](const Job&) { return false; }).value();
}

// Due now: the scheduler anchors at the acceptance what has no anchor.
bool is_due(const Job& job) { return job.schedule()->anchor() == WallTime{}; }

TEST(Reconcile, TellsWhatAStartChanges) {
    const std::vector<JobRef> jobs{known(make_job("same", "0 1 * * *")),
                                   known(make_job("changed", "0 1 * * *")),
                                   known(make_job("gone", "0 1 * * *"))};

    const FileChanges changes =
        reconciled(jobs,
                   {make_job("same", "0 1 * * *"), make_job("changed", "0 2 * * *"),
                    make_job("new", "0 3 * * *")},
                   StartReason::start);

    EXPECT_THAT(changes.changes.remove, ElementsAre("gone"));
    ASSERT_EQ(changes.changes.put.size(), 2U);
    EXPECT_EQ(changes.changes.put[0].name(), "changed");
    EXPECT_EQ(changes.changes.put[1].name(), "new");
    EXPECT_EQ(changes.unchanged, 1U);
}

TEST(Reconcile, RunsAtRebootWhatIsNewOrHasNotRunSinceTheBoot) {
    const Job wanted = make_job("boot", "@reboot");
    const std::vector<JobRef> had_run{known(anchored(wanted, long_ago))};

    EXPECT_TRUE(is_due(reconciled({}, {wanted}, StartReason::start).changes.put.at(0)));
    EXPECT_THAT(reconciled(had_run, {wanted}, StartReason::start).changes.put, IsEmpty());
    const auto at_boot = reconciled(had_run, {wanted}, StartReason::boot).changes.put;
    ASSERT_EQ(at_boot.size(), 1U);
    EXPECT_TRUE(is_due(at_boot[0]));
}

TEST(Reconcile, KeepsWhatAReloadBroughtForTheNextStart) {
    const Job wanted = make_job("boot", "@reboot");

    const auto added = reconciled({}, {wanted}, StartReason::reload).changes.put;
    ASSERT_EQ(added.size(), 1U);
    EXPECT_FALSE(is_due(added[0]));

    const std::vector<JobRef> jobs{known(added[0])};
    EXPECT_THAT(reconciled(jobs, {wanted}, StartReason::reload).changes.put, IsEmpty());
    const auto at_start = reconciled(jobs, {wanted}, StartReason::start).changes.put;
    ASSERT_EQ(at_start.size(), 1U);
    EXPECT_TRUE(is_due(at_start[0]));
}

TEST(Reconcile, DoesNotRunAJobAgainBecauseItsCommandIsAnother) {
    const Job old_job = anchored(make_job("boot", "@reboot"), long_ago);
    Job wanted = make_job("boot", "@reboot");
    ASSERT_TRUE(wanted.set_task(program("/bin/false")));

    for (const StartReason occasion : {StartReason::start, StartReason::reload}) {
        const auto put = reconciled({known(old_job)}, {wanted}, occasion).changes.put;
        ASSERT_EQ(put.size(), 1U);
        EXPECT_EQ(put[0].schedule()->anchor(), long_ago);
    }
    EXPECT_TRUE(
        is_due(reconciled({known(old_job)}, {wanted}, StartReason::boot).changes.put.at(0)));
}

TEST(Reconcile, AJobThatTurnsIntoOneAtRebootIsDueAtAStartAndNotAtAReload) {
    const std::vector<JobRef> jobs{known(make_job("boot", "0 1 * * *"))};
    const Job wanted = make_job("boot", "@reboot");

    EXPECT_TRUE(is_due(reconciled(jobs, {wanted}, StartReason::start).changes.put.at(0)));
    EXPECT_FALSE(is_due(reconciled(jobs, {wanted}, StartReason::reload).changes.put.at(0)));
}

}  // namespace
}  // namespace quantum::daemon
