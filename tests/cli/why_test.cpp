// `quantum why` on ledgers that the test wrote; the causes themselves are tests/why's.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/quantum_program.hpp"
#include "storage/sqlite/builders.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A job in Zurich that was due each hour of a few days around an end of summer time: 25 October
/// 2020, 03:00 -> 02:00.
struct WhyProgramTest : testing::Test {
    ScratchDirectory scratch;
    const WallTime begin = WallTime(std::chrono::sys_days(std::chrono::year(2020) / 10 / 24));

    WhyProgramTest() {
        auto storage = SqliteStorage::open(state());
        EXPECT_TRUE(storage);
        Batch batch{.id = 1};
        batch.jobs.push_back(added(job_named("hourly", "30 * * * *", "Europe/Zurich"), begin));
        batch.jobs.push_back(added(job_named("hourly-too", "@hourly"), begin));
        batch.jobs.push_back(added(job_named("nightly", "30 2 * * *", "Europe/Zurich"), begin));
        for (int hour = 0; hour < 60; ++hour) {
            batch.claims.push_back(
                entry_at(begin + hour * 1h + 30min, "hourly", static_cast<std::uint64_t>(hour)));
        }
        for (const Duration night : {30min + 0h, 24h + 30min, 49h + 30min}) {
            batch.claims.push_back(entry_at(begin + night, "nightly", 100));
        }
        batch.watermark = begin + 60h;
        EXPECT_EQ((*storage)->commit(batch).status, CommitStatus::done);
        Batch ends{.id = 2};
        for (const Entry& claim : batch.claims) ends.finishes.push_back(finish_of(claim));
        EXPECT_EQ((*storage)->commit(ends).status, CommitStatus::done);
    }

    [[nodiscard]] std::string state() const { return scratch.path("state"); }
    [[nodiscard]] Ended ask(std::vector<std::string> words) const {
        words.insert(words.begin(), "why");
        words.insert(words.end(), {"--state", state()});
        return quantum(std::move(words));
    }
    [[nodiscard]] std::vector<boost::json::object> answers(std::vector<std::string> words) const {
        words.emplace_back("--json");
        const Ended ended = ask(std::move(words));
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        std::vector<boost::json::object> found;
        for (std::size_t at = 0; at < ended.out.size();) {
            const std::size_t end = ended.out.find('\n', at);
            found.push_back(boost::json::parse(ended.out.substr(at, end - at)).as_object());
            at = end + 1;
        }
        return found;
    }
};

TEST_F(WhyProgramTest, SaysItInASentenceWithWhatItRestsOn) {
    const Ended ended = ask({"hourly", "2020-10-24 12:30"});

    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.out, StartsWith("hourly  Sat 24 Oct 2020 12:30 Europe/Zurich  ran\n"));
    EXPECT_THAT(ended.out, HasSubstr("    It ran: due "));
    EXPECT_THAT(ended.out, HasSubstr("    rests on: execution 0000000a due "));
    EXPECT_THAT(ended.out, HasSubstr("    due: before that "));
}

TEST_F(WhyProgramTest, SaysItInJsonWithTheCodeFirst) {
    const auto found = answers({"hourly", "2020-10-24 12:45"});

    ASSERT_THAT(found, SizeIs(1));
    const auto& answer = found[0];
    EXPECT_EQ(answer.at("job"), "hourly");
    EXPECT_EQ(answer.at("at"), "2020-10-24T10:45:00Z");
    EXPECT_EQ(answer.at("tz"), "Europe/Zurich");
    EXPECT_EQ(answer.at("due"), false);
    EXPECT_EQ(answer.at("code"), "not_due.field");
    EXPECT_EQ(answer.at("before"), "2020-10-24T10:30:00Z");
    EXPECT_EQ(answer.at("after"), "2020-10-24T11:30:00Z");
    const auto& cause = answer.at("causes").as_array().at(0).as_object();
    EXPECT_EQ(cause.at("sentence"), answer.at("sentence"));
    EXPECT_EQ(cause.at("rows").as_array().at(0).as_object().at("row"), "revision");
}

TEST_F(WhyProgramTest, ReadsTimesInTheZoneOfTheJob) {
    EXPECT_EQ(answers({"hourly", "2020-10-24 12:30"})[0].at("at"), "2020-10-24T10:30:00Z");
    EXPECT_EQ(answers({"hourly", "--at", "2020-10-24 12:30", "--tz", "UTC"})[0].at("at"),
              "2020-10-24T12:30:00Z");
    EXPECT_EQ(answers({"hourly", "2020-10-24T12:30:00Z"})[0].at("code"), "ran");
    EXPECT_EQ(answers({"hourly", "2020-10-24", "12:30"})[0].at("code"), "ran") << "as two words";
}

TEST_F(WhyProgramTest, ALocalTimeThatCameTwiceHasTwoAnswers) {
    const auto both = answers({"hourly", "2020-10-25 02:30"});
    ASSERT_THAT(both, SizeIs(2));
    EXPECT_EQ(both[0].at("at"), "2020-10-25T00:30:00Z");
    EXPECT_EQ(both[1].at("at"), "2020-10-25T01:30:00Z");
    const auto fixed = answers({"nightly", "2020-10-25 02:30"});
    ASSERT_THAT(fixed, SizeIs(2));
    EXPECT_EQ(fixed[0].at("code"), "ran");
    EXPECT_EQ(fixed[1].at("code"), "not_due.dst");
}

TEST_F(WhyProgramTest, AMinuteOrADayStandsForTheDueTimesWithin) {
    EXPECT_THAT(answers({"hourly", "2020-10-25", "--limit", "100"}), SizeIs(25)) << "a long day";
    const Ended few = ask({"hourly", "2020-10-25", "--limit", "3"});
    EXPECT_THAT(few.out, HasSubstr("there is more: --limit"));
    EXPECT_THAT(answers({"hourly", "--since", "2020-10-25 10:00", "--until", "2020-10-25 12:00"}),
                SizeIs(2));
    EXPECT_THAT(answers({"hourly", "-36500d"}), SizeIs(1)) << "a sign is no option";
}

TEST_F(WhyProgramTest, WithNobodyThereWhatIsToComeDependsOnAStart) {
    const auto found = answers({"hourly"});
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].at("code"), "down");
    EXPECT_EQ(found[1].at("code"), "down");
    EXPECT_EQ(found[1].at("causes").as_array().at(1).as_object().at("code"), "will_run");
    const auto holder = SqliteStorage::open(state());
    EXPECT_EQ(answers({"hourly"})[0].at("code"), "undecided");
    EXPECT_EQ(answers({"hourly"})[1].at("code"), "will_run");
}

TEST_F(WhyProgramTest, AnExecutionIsGivenByTheEndOfItsId) {
    const auto found = answers({"0000000a"});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].at("execution").as_string(), id_at(begin + 10h + 30min, 10).text());
    const Ended none = ask({"deadbeef"});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_THAT(none.err, HasSubstr("begins with or ends in 'deadbeef'"));
}

TEST_F(WhyProgramTest, AnUnknownJobIsAnErrorWithTheNearestNames) {
    const Ended ended = ask({"houry"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, AllOf(HasSubstr("no job 'houry'"), HasSubstr("did you mean 'hourly'")));
    EXPECT_EQ(ask({"hourly", "soon"}).exit_code, 2);
}

}  // namespace
}  // namespace quantum::test
