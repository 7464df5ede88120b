// Whether changed files are noticed, once, and only when they have been left alone.
#include "daemon/file_watch.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "quantum/testing/simulated_clock.hpp"

#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct FileWatchTest : testing::Test {
    ScratchDirectory scratch;
    SimulatedClock clock{WallTime(std::chrono::hours(24 * 365 * 50))};
    Logger logger{-1, LogFormat::logfmt, clock};
    WatchOptions options;
    BootTime now{Duration(0)};

    FileWatchTest() {
        options.takes = [](const std::string&, std::string_view name) {
            return name.find('.') == std::string_view::npos;
        };
    }

    /// The kernel tells at once; the rest is a matter of the time that is given.
    static bool has_events(const FileWatch& watch) {
        pollfd one{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
        return poll(&one, 1, 0) > 0;
    }
    /// Lets time pass as a poll would, to the end of all timers.
    std::set<std::string> changed(FileWatch& watch, Duration most = 10s) {
        const BootTime until = now + most;
        watch.look(now);
        for (;;) {
            const int timeout = watch.timeout_ms(now, -1);
            if (timeout < 0) break;
            if (now + std::chrono::milliseconds(timeout) > until) {
                now = until;
                break;
            }
            now += std::chrono::milliseconds(timeout);
            watch.look(now);
        }
        return watch.take_changed().value_or(std::set<std::string>());
    }
};

TEST_F(FileWatchTest, NothingHappensWhileNothingHappens) {
    options.paths = {scratch.write("jobs", "one")};
    FileWatch watch(options, logger);
    EXPECT_GE(watch.descriptor(), 0);
    EXPECT_FALSE(has_events(watch));
    EXPECT_EQ(watch.timeout_ms(now, -1), -1);
    EXPECT_EQ(watch.timeout_ms(now, 7), 7);
    EXPECT_FALSE(watch.take_changed());
}

TEST_F(FileWatchTest, WithNothingToWatchNothingIsAsked) {
    FileWatch watch(options, logger);
    EXPECT_EQ(watch.descriptor(), -1);
    watch.look(now);
    watch.note_reading();
    EXPECT_EQ(watch.descriptor(), -1);
    EXPECT_FALSE(watch.take_changed());
}

TEST_F(FileWatchTest, AFileThatIsWrittenIsToldOnceAfterItHasBeenLeftAlone) {
    const std::string jobs = scratch.write("jobs", "one");
    options.paths = {jobs};
    FileWatch watch(options, logger);
    scratch.write("jobs", "two and more");
    EXPECT_TRUE(has_events(watch));
    EXPECT_THAT(changed(watch, 2s), IsEmpty());
    // It goes on.
    scratch.write("jobs", "two and more and more");
    EXPECT_THAT(changed(watch, 2s), IsEmpty());
    EXPECT_THAT(changed(watch, 1s), ElementsAre(jobs));
    EXPECT_THAT(changed(watch), IsEmpty());
    EXPECT_EQ(watch.timeout_ms(now, -1), -1);
}

TEST_F(FileWatchTest, SoIsOneThatAnEditorReplaces) {
    const std::string jobs = scratch.write("jobs", "one");
    options.paths = {jobs};
    FileWatch watch(options, logger);
    scratch.write("jobs.new", "two");
    fs::rename(scratch.path("jobs.new"), jobs);
    EXPECT_THAT(changed(watch), ElementsAre(jobs));
    // What stands there now is watched.
    scratch.write("jobs", "three and more");
    EXPECT_THAT(changed(watch), ElementsAre(jobs));
    fs::remove(jobs);
    EXPECT_THAT(changed(watch), ElementsAre(jobs));
    scratch.write("jobs", "four");
    EXPECT_THAT(changed(watch), ElementsAre(jobs));
}

TEST_F(FileWatchTest, WhatASignalHasReloadedIsNotReadAgain) {
    const std::string jobs = scratch.write("jobs", "one");
    options.paths = {jobs};
    FileWatch watch(options, logger);
    scratch.write("jobs", "two and more");
    watch.look(now);
    watch.note_reading();
    EXPECT_THAT(changed(watch), IsEmpty());
    scratch.write("jobs", "three and still more");
    EXPECT_THAT(changed(watch), ElementsAre(jobs));
}

TEST_F(FileWatchTest, OtherFilesBesideItCountForNothingAndCostFewLooks) {
    options.paths = {scratch.write("jobs", "one")};
    FileWatch watch(options, logger);
    scratch.write("log", "a line");
    watch.look(now);
    EXPECT_EQ(watch.descriptor(), -1);  // it rests
    EXPECT_EQ(watch.timeout_ms(now, -1), 250);
    scratch.write("log", "another line");
    EXPECT_THAT(changed(watch), IsEmpty());
    EXPECT_EQ(watch.timeout_ms(now, -1), -1);
}

TEST_F(FileWatchTest, InADirectoryFilesComeGoAndChange) {
    const std::string directory = scratch.path("cron.d");
    fs::create_directory(directory);
    scratch.write("cron.d/a", "one");
    scratch.write("cron.d/b", "one");
    options.paths = {directory};
    FileWatch watch(options, logger);
    scratch.write("cron.d/a", "two and more");
    scratch.write("cron.d/c", "one");
    fs::remove(directory + "/b");
    EXPECT_THAT(changed(watch),
                UnorderedElementsAre(directory + "/a", directory + "/b", directory + "/c"));
    scratch.write("cron.d/a.dpkg-new", "three");
    EXPECT_THAT(changed(watch), IsEmpty());
    fs::rename(directory + "/a.dpkg-new", directory + "/a");
    EXPECT_THAT(changed(watch), ElementsAre(directory + "/a"));
    fs::permissions(directory + "/a", fs::perms::owner_read);
    EXPECT_THAT(changed(watch), ElementsAre(directory + "/a"));
}

TEST_F(FileWatchTest, ADirectoryThatIsGoneIsToldWithItsFiles) {
    const std::string directory = scratch.path("cron.d");
    fs::create_directory(directory);
    scratch.write("cron.d/a", "one");
    options.paths = {directory};
    FileWatch watch(options, logger);
    fs::rename(directory, scratch.path("elsewhere"));
    EXPECT_THAT(changed(watch), UnorderedElementsAre(directory, directory + "/a"));
    fs::rename(scratch.path("elsewhere"), directory);
    EXPECT_THAT(changed(watch), UnorderedElementsAre(directory, directory + "/a"));
}

TEST_F(FileWatchTest, OneThatDoesNotExistYetIsWaitedFor) {
    const std::string directory = scratch.path("etc/cron.d");
    options.paths = {directory};
    FileWatch watch(options, logger);
    fs::create_directories(directory);
    scratch.write("etc/cron.d/a", "one");
    EXPECT_THAT(changed(watch), UnorderedElementsAre(directory, directory + "/a"));
}

TEST_F(FileWatchTest, ALinkThatIsSwitchedIsAChangeOfWhatItLeadsTo) {
    // As Kubernetes mounts a volume: the files are links through "..data", which is replaced.
    const std::string volume = scratch.path("volume");
    fs::create_directories(volume + "/..1");
    fs::create_directories(volume + "/..2");
    scratch.write("volume/..1/jobs", "one");
    scratch.write("volume/..2/jobs", "two");
    fs::create_symlink("..1", volume + "/..data");
    fs::create_symlink("..data/jobs", volume + "/jobs");
    for (const std::string& path : {volume, volume + "/jobs"}) {
        options.paths = {path};
        FileWatch watch(options, logger);
        fs::create_symlink(fs::read_symlink(volume + "/..data") == "..1" ? "..2" : "..1",
                           volume + "/..data_tmp");
        fs::rename(volume + "/..data_tmp", volume + "/..data");
        EXPECT_THAT(changed(watch), ElementsAre(volume + "/jobs")) << path;
    }
}

TEST_F(FileWatchTest, AFileBehindALinkElsewhereIsWatchedToo) {
    fs::create_directory(scratch.path("etc"));
    fs::create_directory(scratch.path("site"));
    const std::string target = scratch.write("site/jobs", "one");
    fs::create_symlink(target, scratch.path("etc/jobs"));
    for (const std::string& path : {scratch.path("etc"), scratch.path("etc/jobs")}) {
        options.paths = {path};
        FileWatch watch(options, logger);
        scratch.write("site/new", "two");
        fs::rename(scratch.path("site/new"), target);
        EXPECT_THAT(changed(watch), ElementsAre(scratch.path("etc/jobs"))) << path;
    }
}

TEST_F(FileWatchTest, WhatCouldNotBeStoredIsTriedAgainInAMinute) {
    const std::string jobs = scratch.write("jobs", "one");
    const std::string gone = scratch.write("gone", "one");
    options.paths = {jobs, gone};
    FileWatch watch(options, logger);
    scratch.write("jobs", "two and more");
    fs::remove(gone);
    const auto first = changed(watch);
    EXPECT_THAT(first, UnorderedElementsAre(jobs, gone));
    watch.try_again(first, now);
    EXPECT_THAT(changed(watch, 59s), IsEmpty());
    EXPECT_THAT(changed(watch, 2s), UnorderedElementsAre(jobs, gone));
    EXPECT_THAT(changed(watch, 120s), IsEmpty());
}

}  // namespace
}  // namespace quantum::daemon
