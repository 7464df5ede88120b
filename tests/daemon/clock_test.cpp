// The whole program on a wall clock that is set: by libfaketime, which shows one process another
// time; the machine's clock is never touched. What is expected is section 6 of the semantics.
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.hpp"
#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* libfaketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

struct ClockTest : DurableTest {
    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer wants to be preloaded first";
#endif
        if (!std::filesystem::exists(libfaketime)) GTEST_SKIP() << "there is no " << libfaketime;
        // The second hand: after each of its beats the program has looked at the clock.
        crontab(
            "CRON_TZ=America/New_York\n"
            "# name: beat\n@every 1s echo beat\n"
            "# name: quarter\n*/15 * * * * echo quarter\n"
            "# name: fixed\n0 7 * * * echo fixed\n"
            "# name: night\n30 2 * * * echo night\n");
    }

    /// What the wall clock shows from now on; it goes on from there.
    void set_clock(const std::string& text) const {
        // At once, so that nobody reads half of it.
        scratch.write("clock.new", "@" + text + "\n");
        std::filesystem::rename(scratch.path("clock.new"), scratch.path("clock"));
    }

    [[nodiscard]] Program::Environment faked() const {
        return {std::string("LD_PRELOAD=") + libfaketime, "TZ=UTC", "DONT_FAKE_MONOTONIC=1",
                "FAKETIME_NO_CACHE=1", "FAKETIME_TIMESTAMP_FILE=" + scratch.path("clock")};
    }

    /// Until `text` is said once more.
    static void wait_for_another(Program& program, const std::string& text) {
        const std::size_t so_far = program.err().size();
        while (program.err().find(text, so_far) == std::string::npos) {
            ASSERT_TRUE(program.wait_for_more()) << program.err();
        }
    }

    static void stop(Program& program) {
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0) << program.err();
    }

    /// "2026-03-08T07:15:00Z coalesced x5 pass 1", by due time.
    [[nodiscard]] std::vector<std::string> ledger_of(const std::string& job) const {
        std::vector<std::string> lines;
        for (const Entry& entry : entries({.job = job})) {
            std::string line = base::rfc3339(entry.due) + " " + std::string(to_string(entry.state));
            if (entry.count > 1) line += " x" + std::to_string(entry.count);
            if (entry.pass > 0) line += " pass " + std::to_string(entry.pass);
            lines.push_back(std::move(line));
        }
        return lines;
    }

    void expect_clean() const {
        const Ended verdict = ask({"verify"});
        EXPECT_EQ(verdict.exit_code, 0) << verdict.out;
    }
};

TEST_F(ClockTest, SetForwardByAnHourAndAHalfItCatchesUpByThePolicy) {
    set_clock("2026-03-05 11:59:58");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
    ASSERT_TRUE(program.wait_for("line=fixed")) << program.err();

    set_clock("2026-03-05 13:35:00");
    wait_for_another(program, "line=quarter");
    stop(program);

    EXPECT_THAT(ledger_of("quarter"),
                ElementsAre("2026-03-05T12:00:00Z succeeded", "2026-03-05T12:15:00Z coalesced x5",
                            "2026-03-05T13:30:00Z succeeded"));
    EXPECT_THAT(ledger_of("fixed"), ElementsAre("2026-03-05T12:00:00Z succeeded"));
    EXPECT_EQ(ledger()->clock_steps()->size(), 1U);
    expect_clean();
}

TEST_F(ClockTest, SetForwardByDaysItReplaysNothing) {
    set_clock("2026-03-05 11:59:58");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();

    set_clock("2026-03-07 12:14:58");
    wait_for_another(program, "line=quarter");
    stop(program);

    EXPECT_THAT(ledger_of("quarter"),
                ElementsAre("2026-03-05T12:00:00Z succeeded", "2026-03-07T12:15:00Z succeeded"));
    EXPECT_THAT(ledger_of("fixed"), ElementsAre("2026-03-05T12:00:00Z succeeded"));
    EXPECT_THAT(ledger_of("night"), IsEmpty());
    expect_clean();
}

TEST_F(ClockTest, SetBackByAnHourItNeitherSilencesTheOneNorRepeatsTheOther) {
    set_clock("2026-03-05 11:59:58");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
    ASSERT_TRUE(program.wait_for("line=fixed")) << program.err();

    set_clock("2026-03-05 10:59:58");
    wait_for_another(program, "line=quarter");
    set_clock("2026-03-05 11:59:58");
    wait_for_another(program, "line=quarter");
    wait_for_another(program, "line=beat");
    stop(program);

    EXPECT_THAT(ledger_of("quarter"), ElementsAre("2026-03-05T11:00:00Z succeeded pass 1",
                                                  "2026-03-05T11:15:00Z skipped x3 pass 1",
                                                  "2026-03-05T12:00:00Z succeeded",
                                                  "2026-03-05T12:00:00Z succeeded pass 1"));
    EXPECT_THAT(ledger_of("fixed"), ElementsAre("2026-03-05T12:00:00Z succeeded"));
    expect_clean();
}

TEST_F(ClockTest, SetBackByDaysAllGoOnFromTheNewNow) {
    set_clock("2026-03-05 11:59:58");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=fixed")) << program.err();

    set_clock("2026-03-03 11:59:58");
    wait_for_another(program, "line=fixed");
    wait_for_another(program, "line=beat");
    stop(program);

    EXPECT_THAT(ledger_of("fixed"), ElementsAre("2026-03-03T12:00:00Z succeeded pass 1",
                                                "2026-03-05T12:00:00Z succeeded"));
    expect_clean();
}

TEST_F(ClockTest, DownOverTheNightOnWhichHalfPastTwoDoesNotExist) {
    set_clock("2026-03-08 06:44:58");
    {
        Program program(run(), {}, faked());
        ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
        stop(program);
    }
    set_clock("2026-03-08 07:20:00");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=night")) << program.err();
    ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
    stop(program);

    EXPECT_THAT(ledger_of("night"), ElementsAre("2026-03-08T07:00:00Z succeeded"));
    EXPECT_THAT(ledger_of("quarter"),
                ElementsAre("2026-03-08T06:45:00Z succeeded", "2026-03-08T07:00:00Z coalesced",
                            "2026-03-08T07:15:00Z succeeded"));
    expect_clean();
}

TEST_F(ClockTest, SetBackWhileItWasDownItKnowsFromTheWatermark) {
    set_clock("2026-03-05 11:59:58");
    {
        Program program(run(), {}, faked());
        ASSERT_TRUE(program.wait_for("line=fixed")) << program.err();
        ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
        stop(program);
    }
    set_clock("2026-03-05 10:59:58");
    Program program(run(), {}, faked());
    ASSERT_TRUE(program.wait_for("line=quarter")) << program.err();
    stop(program);

    EXPECT_THAT(ledger_of("quarter"), ElementsAre("2026-03-05T11:00:00Z succeeded pass 1",
                                                  "2026-03-05T12:00:00Z succeeded"));
    EXPECT_THAT(ledger_of("fixed"), ElementsAre("2026-03-05T12:00:00Z succeeded"));
    EXPECT_EQ(ledger()->clock_steps()->size(), 1U);
    expect_clean();
}

}  // namespace
}  // namespace quantum::test
