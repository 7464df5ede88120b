// What a service manager is told, by a stand-in for it.
#include "daemon/service_manager.hpp"

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "quantum/testing/simulated_clock.hpp"

#include "daemon/service_status.hpp"
#include "daemon/watchdog.hpp"
#include "support/datagram_socket.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

struct ServiceManagerTest : testing::Test {
    ScratchDirectory scratch;
    const std::string path = scratch.path("notify");
    test::DatagramSocket socket{path};

    [[nodiscard]] static ServiceManager manager_at(const std::string& name,
                                                   const char* watchdog = nullptr,
                                                   const std::string& process = {}) {
        setenv("NOTIFY_SOCKET", name.c_str(), 1);
        if (watchdog != nullptr) setenv("WATCHDOG_USEC", watchdog, 1);
        if (!process.empty()) setenv("WATCHDOG_PID", process.c_str(), 1);
        return ServiceManager::from_environment();
    }
};

TEST_F(ServiceManagerTest, IsToldInItsOwnWords) {
    const ServiceManager manager = manager_at(path);
    ASSERT_TRUE(manager.is_there());
    manager.tell_ready();
    manager.tell_reloading();
    manager.tell_status("3 jobs\nREADY=0");
    manager.tell_stopping(26s);
    manager.tell_alive();
    EXPECT_THAT(socket.all(),
                ElementsAre("READY=1", MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"),
                            "STATUS=3 jobs READY=0", "STOPPING=1\nEXTEND_TIMEOUT_USEC=36000000",
                            "WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, MayHaveANameInPlaceOfAPath) {
    const std::string name = "@quantum-test-" + std::to_string(getpid());
    test::DatagramSocket other(name);
    manager_at(name).tell_ready();
    EXPECT_THAT(other.all(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, ItsVariablesAreGoneFromTheEnvironment) {
    const auto manager = manager_at(path, "30000000", std::to_string(getpid()));
    EXPECT_EQ(manager.watchdog(), 30s);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
        EXPECT_EQ(getenv(name), nullptr) << name;
    }
    EXPECT_FALSE(ServiceManager::from_environment().is_there());
}

TEST_F(ServiceManagerTest, AsksForAWatchdogOfThisProcessOnly) {
    EXPECT_EQ(manager_at(path, "30000000", "1").watchdog(), std::nullopt);
    EXPECT_EQ(manager_at(path, "often").watchdog(), std::nullopt);
    EXPECT_EQ(manager_at(path, "0").watchdog(), std::nullopt);
    EXPECT_EQ(manager_at(path, "2000000").watchdog(), 2s);
}

TEST_F(ServiceManagerTest, OneThatIsNotThereIsNotTold) {
    for (const std::string& name : {scratch.path("none"), std::string("relative"),
                                    '/' + std::string(200, 'x'), std::string("vsock:2:1")}) {
        const ServiceManager manager = manager_at(name, "30000000");
        EXPECT_FALSE(manager.is_there()) << name;
        EXPECT_EQ(manager.watchdog(), std::nullopt);
        manager.tell_ready();
    }
    ServiceManager().tell_alive();
}

// ---- the watchdog -----------------------------------------------------------------------------

struct WatchdogTest : ServiceManagerTest {
    SimulatedClock clock{WallTime(1'763'769'900s)};
    ServiceManager manager = manager_at(path, "30000000");
    base::EventLoop storage;  // does not run yet

    std::size_t fed() { return socket.all().size(); }
};

TEST_F(WatchdogTest, IsFedThreeTimesInItsInterval) {
    Watchdog watchdog(manager, clock, nullptr);
    clock.advance(1min);
    EXPECT_EQ(fed(), 0u);
    watchdog.start();
    EXPECT_EQ(fed(), 1u);
    clock.advance(10s);
    EXPECT_EQ(fed(), 1u);
    clock.advance(1min);
    EXPECT_EQ(fed(), 6u);
}

TEST_F(WatchdogTest, IsNotFedWhileTheStorageThreadHangsUnlessThatIsKnown) {
    Watchdog watchdog(manager, clock, &storage);
    watchdog.start();
    clock.advance(10s);
    EXPECT_EQ(fed(), 2u);  // it had not been asked before
    clock.advance(10min);
    EXPECT_EQ(fed(), 0u);
    watchdog.set_degraded(true);
    clock.advance(10s);
    EXPECT_EQ(fed(), 1u);
    watchdog.set_degraded(false);
    clock.advance(10s);
    EXPECT_EQ(fed(), 0u);
    storage.start(1);
    storage.stop();
}

TEST_F(WatchdogTest, IsFedWhileTheStorageThreadAnswers) {
    storage.start(1);
    Watchdog watchdog(manager, clock, &storage);
    watchdog.start();
    for (int i = 0; i < 6; ++i) {
        clock.advance(10s);
        // The answer came before this.
        std::promise<void> asked;
        storage.post([&asked] { asked.set_value(); });
        asked.get_future().wait();
    }
    EXPECT_EQ(fed(), 7u);
    storage.stop();
}

TEST_F(WatchdogTest, IsNotFedIfNobodyAsksOrAfterTheEnd) {
    const ServiceManager nobody = manager_at(path);
    Watchdog unasked(nobody, clock, nullptr);
    unasked.start();
    {
        Watchdog watchdog(manager, clock, nullptr);
        watchdog.start();
        EXPECT_EQ(fed(), 1u);
    }
    clock.advance(1min);
    EXPECT_EQ(fed(), 0u);
}

// ---- the status -------------------------------------------------------------------------------

struct ServiceStatusTest : ServiceManagerTest {
    SimulatedClock clock{WallTime(1'763'769'900s)};
    ServiceManager manager = manager_at(path);
    WakeupFd wakeup;
    std::string text = "1 job";
    Duration takes{0};
    ServiceStatus status{manager, clock, wakeup, [this] {
                             clock.advance(takes);
                             return text;
                         }};

    /// Passes time as a poll would.
    std::vector<std::string> after(Duration delay) {
        clock.advance(delay);
        status.look(clock.boot_now());
        return socket.all();
    }
};

TEST_F(ServiceStatusTest, IsToldWhenItChangesAndAtMostOnceInFiveSeconds) {
    status.note();
    EXPECT_THAT(after(0s), IsEmpty());  // nobody would answer yet
    status.begin();
    EXPECT_THAT(after(0s), ElementsAre("STATUS=1 job"));
    EXPECT_EQ(status.timeout_ms(clock.boot_now(), -1), -1);
    text = "2 jobs";
    status.note();
    EXPECT_THAT(after(1s), IsEmpty());
    EXPECT_EQ(status.timeout_ms(clock.boot_now(), -1), 4000);
    EXPECT_EQ(status.timeout_ms(clock.boot_now(), 100), 100);
    text = "3 jobs";
    status.note();
    EXPECT_THAT(after(4s), ElementsAre("STATUS=3 jobs"));
    status.note();
    EXPECT_THAT(after(10s), IsEmpty());  // it is the same
    EXPECT_THAT(after(1min), IsEmpty());
}

TEST_F(ServiceStatusTest, ThatTakesLongIsSeldomFoundOut) {
    takes = 1s;
    status.begin();
    EXPECT_THAT(after(0s), ElementsAre("STATUS=1 job"));
    text = "2 jobs";
    status.note();
    EXPECT_THAT(after(48s), IsEmpty());
    EXPECT_THAT(after(2s), ElementsAre("STATUS=2 jobs"));
}

}  // namespace
}  // namespace quantum::daemon
