// What has not ended: what runs, and what waits for what.
#include <map>

#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Answers as a scheduler would that knows it all.
class TestEngine final : public Engine {
public:
    std::optional<Open> open(const ExecutionId&) const override { return known; }
    std::optional<Trouble> trouble() const override { return in_trouble; }
    bool is_draining() const override { return draining; }
    bool is_bound(const std::string&) const override { return bound; }

    std::optional<Open> known{};
    std::optional<Trouble> in_trouble{};
    bool draining = false;
    bool bound = true;
};

struct OpenTest : testing::Test {
    Story story;
    TestEngine engine;

    OpenTest() { story.start(); }
};

TEST_F(OpenTest, WhatRunsSaysForHowLongAndWhatIsUsual) {
    story.runner->script("report", {.duration = 11min});
    story.add(Story::job("report", "0 * * * *"));
    story.until("2027-03-02 05:30:00");
    story.runner->script("report", {.duration = std::nullopt});
    story.until("2027-03-02 06:18:00");

    const auto answers = story.now("report");

    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].code(), Code::running);
    EXPECT_EQ(answers[0].sentence(), "It has been running for 18m (usually 11m).");
    EXPECT_EQ(story.at("report", "2027-03-02 06:00:00").code(), Code::running);
    story.presence.is_held = false;
    EXPECT_EQ(story.now("report")[0].code(), Code::down) << "nobody is there any more";
}

TEST_F(OpenTest, AFunctionThatDoesNotEndIsStuck) {
    story.runner->script("report", {.duration = std::nullopt});
    story.add(Story::job("report", "0 * * * *"));
    story.until("2027-03-02 00:30:00");
    engine.known = Engine::Open{.is_running = true, .is_stuck = true};
    story.engine = &engine;
    const Answer answer = story.at("report", "2027-03-02 00:00:00");
    EXPECT_EQ(answer.code(), Code::stuck);
    EXPECT_THAT(rows(answer), Contains("engine"));
}

TEST_F(OpenTest, WhatWaitsForItsJitterSaysUntilWhen) {
    Job job = Story::job("report", "0 * * * *");
    ASSERT_TRUE(job.set_jitter(50min));
    story.add(job);
    story.until("2027-03-02 01:00:01");
    const auto answers = story.now("report");
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].code(), Code::claimed);
    EXPECT_THAT(answers[0].sentence(), HasSubstr("It waits for its jitter until 01:"));
}

TEST_F(OpenTest, WhatWaitsForItsNextAttemptHasNotEnded) {
    Job job = Story::job("report", "0 * * * *");
    ASSERT_TRUE(job.set_retries(3, Backoff::fixed(5min)));
    story.runner->script(
        "report",
        {.duration = 12s, .outcome = OutcomeKind::failed, .exit_code = 3, .reason = "exit code 3"});
    story.add(job);
    story.until("2027-03-02 01:01:00");
    const Answer answer = story.at("report", "2027-03-02 01:00:00");
    EXPECT_EQ(answer.code(), Code::claimed);
    EXPECT_EQ(answer.sentence(),
              "Attempt 1 ended (exit 3 after 12s); it waits for attempt 2 of 4 at 01:05:12.");
}

TEST_F(OpenTest, WhatWaitsForItsTurnNamesTheRunInFront) {
    Job job = Story::job("report", "*/10 * * * *");
    job.set_overlap(Overlap::queue);
    story.runner->script("report", {.duration = std::nullopt});
    story.add(job);
    story.until("2027-03-02 00:12:00");
    const Answer answer = story.at("report", "2027-03-02 00:10:00");
    EXPECT_EQ(answer.code(), Code::claimed);
    EXPECT_THAT(answer.sentence(), AllOf(HasSubstr("for the end of"), HasSubstr("of 00:00")));
    EXPECT_THAT(story.now("report"), SizeIs(2)) << "one runs, one waits";
}

TEST_F(OpenTest, TheEngineSaysWhatTheLedgerCannot) {
    SchedulerConfig config;
    config.concurrency = 1;
    Story busy("2027-03-02 00:00:00", config);
    busy.start();
    busy.runner->script("long", {.duration = std::nullopt});
    busy.add(Story::job("long", "0 * * * *"));
    busy.add(Story::job("report", "1 * * * *"));
    busy.until("2027-03-02 00:02:00");
    EXPECT_THAT(busy.at("report", "2027-03-02 00:01:00").sentence(), HasSubstr("for a free slot"));
    busy.presence.is_held = false;
    EXPECT_EQ(busy.at("report", "2027-03-02 00:01:00").sentence(),
              "It waits for a scheduler to start.");
    const std::map<Engine::WaitsFor, std::string> words{
        {Engine::WaitsFor::jitter, "for its jitter"},
        {Engine::WaitsFor::attempt, "at 00:01:00"},
        {Engine::WaitsFor::turn, "for the end of the run of 00:00"},
        {Engine::WaitsFor::slot,
         "for a free slot of tag database (all 2 are taken: load, clean), "
         "8 before it"},
        {Engine::WaitsFor::storage, "for the storage"},
        {Engine::WaitsFor::function, "nobody has bound"}};
    busy.engine = &engine;
    for (const auto& [waits_for, text] : words) {
        engine.known = Engine::Open{.waits_for = waits_for,
                                    .ahead = 8,
                                    .limit = "database",
                                    .slots = 2,
                                    .held_by = {{"load", {}, test::at("2027-03-02 00:00:00")},
                                                {"clean", {}, test::at("2027-03-02 00:00:00")}}};
        const Answer answer = busy.at("report", "2027-03-02 00:01:00");
        EXPECT_EQ(answer.code(), Code::claimed);
        EXPECT_THAT(answer.sentence(), HasSubstr(text));
    }
}

TEST_F(OpenTest, WhatWaitsWhileNothingStartsSaysThatToo) {
    Job job = Story::job("report", "0 * * * *");
    ASSERT_TRUE(job.set_jitter(50min));
    story.add(job);
    story.until("2027-03-02 01:00:01");
    story.presence.is_degraded = true;
    story.presence.reason = "the disk is full";
    EXPECT_THAT(codes(story.now("report")[0]), ElementsAre(Code::claimed, Code::undecided));
    story.presence = {};
    EXPECT_THAT(codes(story.now("report")[0]), ElementsAre(Code::claimed, Code::down));
}

TEST_F(OpenTest, NowWithNothingOpenSaysWhyNot) {
    story.add(Story::job("report", "0 * * * *"));
    story.until("2027-03-02 01:20:00");
    const auto answers = story.now("report");
    ASSERT_THAT(answers, SizeIs(1));
    EXPECT_EQ(answers[0].code(), Code::not_due_field);
    EXPECT_EQ(answers[0].before, test::at("2027-03-02 01:00:00"));
    EXPECT_EQ(answers[0].after, test::at("2027-03-02 02:00:00"));
}

}  // namespace
}  // namespace quantum::why
