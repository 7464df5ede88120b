// What a restart of `quantum run` finds and what it makes of it.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "quantum/scheduler.hpp"

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

void execute(const std::string& file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

TEST_F(DurableTest, ASecondInstanceIsRefusedAndToldWhoHoldsTheState) {
    crontab("@reboot echo up\n");
    Program first(run());
    ASSERT_TRUE(first.wait_for("line=up")) << first.err();

    Program second(run());
    const Ended refused = second.wait();

    EXPECT_EQ(refused.exit_code, 75);
    EXPECT_THAT(refused.err, HasSubstr("process " + std::to_string(first.pid())));
    EXPECT_THAT(refused.err, HasSubstr(state()));
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().exit_code, 0);
}

TEST_F(DurableTest, AtRebootIsOnceABootAndJobAndNotOnceAStart) {
    crontab("# name: boot\n@reboot echo booted\n# name: beat\n@every 1s echo beat\n");
    EXPECT_THAT(run_until("line=beat").err, HasSubstr("line=booted"));
    // Not at a second start, and not because its command is another.
    EXPECT_THAT(run_until("line=beat").err, Not(HasSubstr("line=booted")));
    crontab("# name: boot\n@reboot echo booted again\n# name: beat\n@every 1s echo beat\n");
    EXPECT_THAT(run_until("line=beat").err, Not(HasSubstr("line=\"booted again\"")));

    execute(state() + "/ledger.db", "UPDATE state SET boot = 'an earlier one'");

    EXPECT_THAT(run_until("line=beat").err, HasSubstr("line=\"booted again\""));
    EXPECT_THAT(run_until("line=beat").err, Not(HasSubstr("line=\"booted again\"")));
    EXPECT_EQ(entries({.job = "boot"}).size(), 2U);
}

TEST_F(DurableTest, WhatAReloadBringsRunsAtRebootAtTheNextStartOnly) {
    crontab("# name: beat\n@every 1s echo beat\n");
    {
        Program program(run());
        ASSERT_TRUE(program.wait_for("line=beat"));
        crontab("# name: boot\n@reboot echo booted\n# name: beat\n@every 1s echo beat again\n");
        program.signal(SIGHUP);
        ASSERT_TRUE(program.wait_for("line=\"beat again\"")) << program.err();
        program.signal(SIGTERM);
        EXPECT_THAT(program.wait().err, Not(HasSubstr("line=booted")));
    }
    EXPECT_THAT(run_until("line=\"beat again\"").err, HasSubstr("line=booted"));
}

TEST_F(DurableTest, AnIntervalGoesOnInItsRhythmAndAnUnchangedJobKeepsItsRevision) {
    crontab("# name: beat\n@every 1s echo beat\n# name: other\n@every 1h echo old\n");
    run_until("line=beat");
    const Entry first = entries({.job = "beat"}).front();
    crontab("# a comment\n# name: other\n@every 1h echo new\n# name: beat\n@every 1s echo beat\n");

    run_until("line=beat");

    const Entry last = entries({.job = "beat"}).back();
    EXPECT_EQ(last.revision, 1U);
    EXPECT_EQ((last.due - first.due) % std::chrono::seconds(1), Duration::zero());
    const auto revisions = *ledger()->revisions("other");
    ASSERT_EQ(revisions.size(), 2U);
    EXPECT_EQ(revisions[1].stored.revision, 2U);
}

TEST_F(DurableTest, AReloadSaysThatTheZoneDataOnDiskIsAnotherAndNotesItsChanges) {
    crontab("# name: beat\n@every 1s echo beat\n");
    scratch.write("tzdata.zi", "# version 2031a\n");
    std::filesystem::create_symlink("/usr/share/zoneinfo/Etc/UTC", scratch.path("UTC"));
    auto words = run();
    words.insert(words.begin(), {"/usr/bin/env", "TZ=UTC", "TZDIR=" + scratch.path(".")});
    Program program(words);
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    crontab("# name: beat\n@every 2s echo beat\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("msg=reloaded")) << program.err();
    EXPECT_THAT(program.err(), Not(HasSubstr("zone data")));
    scratch.write("tzdata.zi", "# version 2031b\n");
    crontab("# name: other\n@every 1s echo other\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("in_use=2031a on_disk=2031b")) << program.err();
    ASSERT_TRUE(program.wait_for("line=other")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);

    const std::string file = "file:" + scratch.path("jobs.crontab");
    std::vector<std::string> notes;
    const auto opened = ledger();
    const auto all = opened->audit(100);
    ASSERT_TRUE(all);
    for (const AuditNote& note : *all) {
        if (note.actor != "scheduler") {
            notes.push_back(note.actor + " " + note.action + " " + note.job + " " + note.detail);
        }
    }
    EXPECT_THAT(notes, testing::ElementsAre(file + " add beat @every 1s",
                                            file + " update beat @every 1s -> @every 2s",
                                            file + " delete beat @every 2s",
                                            file + " add other @every 1s"));
}

TEST_F(DurableTest, AJobThatIsGoneFromTheFileDoesNotRunOnceMore) {
    crontab("# name: gone\n@every 1s echo gone\n");
    run_until("line=gone");
    // As if it had been due since, and nothing had been there to decide it.
    execute(state() + "/ledger.db",
            "DELETE FROM entry; UPDATE state SET watermark = watermark - 1000000");
    crontab("# name: beat\n@every 1s echo beat\n");

    const Ended ended = run_until("line=beat");

    EXPECT_THAT(ended.err, Not(HasSubstr("line=gone")));
    const Entry last = entries({.job = "gone"}).back();
    EXPECT_EQ(last.state, EntryState::skipped);
    EXPECT_EQ(last.reason, SkipReason::superseded);
    EXPECT_EQ(ask({"verify"}).exit_code, 0) << ask({"verify"}).out;
}

TEST_F(DurableTest, APauseSurvivesAStartAndAReload) {
    crontab("# name: paused\n@every 1s echo no\n# name: beat\n@every 1s echo beat\n");
    run_until("line=beat");
    {
        auto storage = SqliteStorage::open(state());
        ASSERT_TRUE(storage) << storage.error().message;
        const Snapshot snapshot = *(*storage)->load();
        Batch batch{.id = snapshot.last_batch + 1};
        for (const StoredJob& job : *snapshot.jobs) {
            if (job.job->name() != "paused") continue;
            Job changed = *job.job;
            changed.set_state(JobState::inactive);
            batch.jobs.push_back(
                {JobChangeKind::updated,
                 "paused",
                 {changed, job.revision + 1, *snapshot.watermark, "paused by ops: disk swap"}});
        }
        ASSERT_EQ((*storage)->commit(batch).status, CommitStatus::done);
    }
    const std::size_t before = entries({.job = "paused"}).size();

    Program program(run());
    ASSERT_TRUE(program.wait_for("line=beat"));
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("msg=reloaded"));
    EXPECT_THAT(program.err(), HasSubstr("changed=0 removed=0 unchanged=2"));
    const std::size_t so_far = program.err().size();
    while (program.err().find("line=beat", so_far) == std::string::npos) {
        ASSERT_TRUE(program.wait_for_more());
    }
    program.signal(SIGTERM);
    EXPECT_THAT(program.wait().err, Not(HasSubstr("line=no")));
    EXPECT_EQ(entries({.job = "paused"}).size(), before);
}

TEST_F(DurableTest, EphemeralKeepsNothing) {
    crontab("@reboot echo up\n");
    Program program({binary("quantum"), "run", "--ephemeral", scratch.path("jobs.crontab")}, {},
                    {"QUANTUM_STATE=" + state()});
    ASSERT_TRUE(program.wait_for("line=up"));
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(state()));
}

TEST_F(DurableTest, RetentionForgetsWhatIsOldAndVerifyBeginsAtItsEdge) {
    crontab("# name: beat\n@every 1s echo beat\n");
    run_until("line=beat");
    const std::size_t before = entries().size();
    execute(state() + "/ledger.db",
            "UPDATE entry SET due = due - 864000000000, until = until - 864000000000, "
            "handed_at = handed_at - 864000000000, "
            "started_at = started_at - 864000000000, ended_at = ended_at - 864000000000, "
            "claimed_at = claimed_at - 864000000000");

    run_until("line=beat", {"--keep-ledger", "9d"});

    EXPECT_EQ(before, 1U);
    for (const Entry& entry : entries()) {
        EXPECT_GT(entry.due, std::chrono::system_clock::now() - std::chrono::hours(1));
    }
    EXPECT_TRUE(ledger()->bounds()->from.has_value());
}

TEST_F(DurableTest, ANameThatAJobOfAProgramHasMakesAFileBad) {
    crontab("# name: mine\n@every 1s echo mine\n");
    run_until("line=mine");
    execute(state() + "/ledger.db", "UPDATE job SET source = 'api:ops'");
    crontab("# name: mine\n@every 1s echo other\n");

    const Ended went_on = run_until("line=mine");
    EXPECT_EQ(went_on.exit_code, 0);
    EXPECT_THAT(went_on.err,
                HasSubstr("the name 'mine' is already used by a job that no file defines"));
    EXPECT_THAT(went_on.err, Not(HasSubstr("line=other")));

    Program program(run({"--strict"}));
    EXPECT_EQ(program.wait().exit_code, 1);
    EXPECT_THAT(program.err(), HasSubstr("the name 'mine' is already used"));
}

TEST_F(DurableTest, AStateThatIsNoneOfOursIsRefusedAndLeftAlone) {
    crontab("@reboot echo up\n");
    std::filesystem::create_directory(state());
    scratch.write("state/ledger.db", "this is no database, and long enough to be told apart");

    Program program(run());
    const Ended refused = program.wait();

    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr(state() + "/ledger.db"));
    EXPECT_THAT(refused.err, Not(HasSubstr("line=up")));
}

}  // namespace
}  // namespace quantum::test
