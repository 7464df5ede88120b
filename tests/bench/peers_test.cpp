#include "compare/peers.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> asked{"* * * * *", "0 0 13 * 5"};

/// Fifteen rounds of an engine that answers both, each call so long.
Engine engine(const std::string& name, double nanoseconds, const std::string& answers = "60,120") {
    Engine made{name, {}};
    for (int round = 0; round < 15; ++round) {
        EngineRun run;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            run.answers[{"UTC", "each", i}] = answers;
            run.times[{"UTC", "each", i}] = nanoseconds;
        }
        made.rounds.push_back(run);
    }
    return made;
}

TEST(PeersTest, ReadsWhatADriverWrites) {
    const auto run = read_engine_run(
        "answers\tUTC\teach\t0\t60,120\n"
        "time\tUTC\teach\t0\t12.5\n"
        "unread\t1\tnot implemented\n");
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->answers.at({"UTC", "each", 0}), "60,120");
    EXPECT_EQ(run->times.at({"UTC", "each", 0}), 12.5);
    EXPECT_EQ(run->unread.at(1), "not implemented");
}

TEST(PeersTest, ALineOfAnotherFormIsAnError) {
    for (const char* text :
         {"Exception in thread", "time\tUTC\teach\t0\tfast", "time\tUTC\teach\t0",
          "time\tUTC\teach\t0\t0", "answers\tUTC\teach\tx\t1"}) {
        const auto run = read_engine_run(text);
        ASSERT_FALSE(run) << text;
        EXPECT_THAT(run.error().message, HasSubstr(text));
    }
}

TEST(PeersTest, TellsHowManyTimesOurTimeAPeerTakes) {
    const auto report = compare_engines(
        {engine("quantum", 10), engine("slow", 250), engine("quick", 5), engine("third", 20)},
        asked);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->text, HasSubstr("25.0 (25.0-25.0)"));
    EXPECT_THAT(report->text, HasSubstr("0.50 (0.50-0.50)"));
    EXPECT_THAT(report->text, HasSubstr("geometric mean"));
    EXPECT_THAT(report->peers, ElementsAre("quick", "slow", "third"));
    EXPECT_TRUE(enough_peers(*report));
}

TEST(PeersTest, WhoAnswersOtherwiseIsLeftOutWithTheFirstDifference) {
    const auto report =
        compare_engines({engine("quantum", 10), engine("wrong", 50, "60,180")}, asked);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->text, Not(HasSubstr("5.00")));
    EXPECT_THAT(report->text,
                HasSubstr("wrong differs on * * * * *, UTC, each: answer 2 is 180, ours 120"));
    EXPECT_THAT(report->peers, ElementsAre());
}

TEST(PeersTest, AnExpressionThatAnEngineDoesNotReadIsLeftOutForIt) {
    Engine partly = engine("partly", 50);
    for (EngineRun& run : partly.rounds) {
        run.answers.erase({"UTC", "each", 1});
        run.times.erase({"UTC", "each", 1});
        run.unread[1] = "both days";
    }
    const auto report = compare_engines({engine("quantum", 10), partly}, asked);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->text, HasSubstr("5.00 (5.00-5.00)"));
    EXPECT_THAT(report->text, HasSubstr("partly does not read 0 0 13 * 5: both days"));
    EXPECT_THAT(report->peers, ElementsAre("partly"));
}

TEST(PeersTest, FewerThanThreePeersAreTooFew) {
    const auto report = compare_engines({engine("quantum", 10),
                                         engine("one", 20),
                                         engine("two", 20),
                                         engine("wrong", 20, "1"),
                                         {"none", {}}},
                                        asked);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->text, HasSubstr("none did not run in every round"));
    const auto enough = enough_peers(*report);
    ASSERT_FALSE(enough);
    EXPECT_EQ(enough.error().message, "only 2 peers ran (one, two); a comparison needs at least 3");
}

TEST(PeersTest, WithoutOurOwnRunThereIsNothingToCompare) {
    EXPECT_FALSE(compare_engines({{"quantum", {}}, engine("one", 20)}, asked));
    Engine partly = engine("quantum", 10);
    partly.rounds[3].answers.erase({"UTC", "each", 1});
    EXPECT_FALSE(compare_engines({partly, engine("one", 20)}, asked));
}

TEST(PeersTest, ASmallNumberOfRoundsHasNoInterval) {
    Engine ours = engine("quantum", 10);
    Engine theirs = engine("one", 20);
    ours.rounds.resize(5);
    theirs.rounds.resize(5);
    EXPECT_FALSE(compare_engines({ours, theirs}, asked));
}

TEST(PeersTest, TablesFitAHundredColumns) {
    std::vector<Engine> engines{engine("quantum", 10)};
    for (const char* name : {"robfig", "gorhill", "croniter", "quartz"}) {
        engines.push_back(engine(name, 123456789));
    }
    const auto report = compare_engines(engines, asked);
    ASSERT_TRUE(report) << report.error().message;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = report->text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        EXPECT_LE(end - begin, 100U) << report->text.substr(begin, end - begin);
    }
}

}  // namespace
}  // namespace quantum::compare
