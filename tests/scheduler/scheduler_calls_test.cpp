// The calls of a scheduler for who must not wait: what they change, together or not at all.
#include "scheduler/scheduler_calls.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using scheduler::SchedulerCalls;
using testing::ElementsAre;
using testing::SizeIs;

struct SchedulerCallsTest : testing::Test {
    World world{{.config = one_at_a_time()}};
    SchedulerCalls calls{*world.scheduler};
    std::vector<AuditNote> notes;

    SchedulerCallsTest() {
        world.gate.fail_with([this](const Batch& batch) {
            for (const AuditNote& note : batch.audit) {
                if (note.actor != "scheduler") notes.push_back(note);
            }
            return StorageGate::Fault::none;
        });
        world.start();
    }

    static SchedulerConfig one_at_a_time() {
        SchedulerConfig config;
        config.concurrency = 1;
        return config;
    }

    /// Sends it, and gives the answer that comes.
    template <class Answer, class Send>
    Result<Answer> answer_of(const Send& send) {
        std::optional<Result<Answer>> answer;
        send([&answer](Result<Answer> got) { answer = std::move(got); });
        world.settle();
        EXPECT_TRUE(answer) << "no answer came";
        return answer ? *std::move(answer) : Result<Answer>(fail(ErrorCode::timed_out, "none"));
    }
    Result<StoredJob> put(const std::string& schedule, std::optional<std::uint32_t> if_revision) {
        return answer_of<StoredJob>([&](auto then) {
            scheduler::AddJobs request;
            request.jobs.push_back(World::job("load", schedule));
            request.if_revision = if_revision;
            request.actor = "api:ada";
            request.note = "as agreed";
            calls.put(std::move(request), then);
        });
    }
    Result<std::size_t> pause(std::vector<std::string> names, std::optional<Pause> pause) {
        return answer_of<std::size_t>([&](auto then) {
            calls.set_pauses({std::move(names), std::move(pause), "full disk", "api:ada"}, then);
        });
    }
    bool is_paused(const std::string& name) const {
        return world.scheduler->find_job(name).value()->pause().has_value();
    }
};

TEST_F(SchedulerCallsTest, AJobIsPutOnlyOverTheRevisionThatItsAuthorHasSeen) {
    EXPECT_EQ(put("0 12 * * *", 1).error().code, ErrorCode::not_found);
    EXPECT_EQ(put("0 12 * * *", 0).value().revision, 1u);
    EXPECT_EQ(put("0 13 * * *", 0).error().code, ErrorCode::already_exists);
    EXPECT_EQ(put("0 13 * * *", 1).value().revision, 2u);
    EXPECT_EQ(put("0 14 * * *", 1).error().code, ErrorCode::already_exists);
    ASSERT_THAT(notes, SizeIs(2));
    EXPECT_EQ(notes[1].actor, "api:ada");
    EXPECT_EQ(notes[1].detail, "0 12 * * * -> 0 13 * * *: as agreed");
}

TEST_F(SchedulerCallsTest, AJobIsRemovedOnlyWithTheRevisionThatWasSeen) {
    ASSERT_TRUE(put("0 12 * * *", 0));
    const auto remove = [this](std::uint32_t revision) {
        return answer_of<void>([&](auto then) {
            calls.remove({.name = "load", .actor = "api:ada", .if_revision = revision}, then);
        });
    };
    EXPECT_EQ(remove(2).error().code, ErrorCode::already_exists);
    EXPECT_TRUE(remove(1));
    EXPECT_EQ(remove(1).error().code, ErrorCode::not_found);
}

TEST_F(SchedulerCallsTest, SeveralArePausedTogetherOrNotAtAll) {
    world.add(World::job("a", "0 12 * * *"));
    world.add(World::job("b", "0 12 * * *"));
    EXPECT_EQ(pause({"a", "nobody", "b"}, Pause{}).error().code, ErrorCode::not_found);
    EXPECT_FALSE(is_paused("a"));
    EXPECT_THAT(notes, SizeIs(0));
    const std::size_t before = world.gate.commits();
    EXPECT_EQ(pause({"a", "b", "a"}, Pause{}).value(), 2u);
    EXPECT_EQ(world.gate.commits(), before + 1);
    EXPECT_TRUE(is_paused("a") && is_paused("b"));
    EXPECT_EQ(pause({"a", "b"}, std::nullopt).value(), 2u);
    EXPECT_EQ(pause({"a", "b"}, std::nullopt).value(), 0u) << "nothing is left to resume";
    ASSERT_THAT(notes, SizeIs(2));
    EXPECT_EQ(notes[0].action, "pause");
    EXPECT_THAT(notes[0].detail, testing::HasSubstr("full disk"));
}

TEST_F(SchedulerCallsTest, WhatRunsAndWhatWaitsIsToldWithTheLimitThatIsFull) {
    world.runner->script("a", {.duration = 1h});
    world.runner->script("b", {.duration = 1h});
    for (const char* const name : {"a", "b"}) {
        world.add(World::job(name, "0 1 * * *"));
        const auto triggered = answer_of<ExecutionId>([&](auto then) {
            calls.trigger({.name = name, .key = "", .actor = "api:ada", .note = "again"}, then);
        });
        ASSERT_TRUE(triggered);
    }
    const auto runs = answer_of<std::vector<scheduler::RunView>>(
        [this](auto then) { calls.runs(std::move(then)); });
    ASSERT_TRUE(runs);
    ASSERT_THAT(*runs, SizeIs(2));
    EXPECT_THAT(runs->at(0).full, SizeIs(0));
    ASSERT_THAT(runs->at(1).full, SizeIs(1));
    EXPECT_EQ(runs->at(1).full[0].slots, 1u);
    EXPECT_EQ(notes.back().detail, "again");

    const auto found = answer_of<std::optional<scheduler::JobView>>(
        [this](auto then) { calls.find("a", std::move(then)); });
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->executions.open, 1u);
}

TEST_F(SchedulerCallsTest, WhatIsNotAChangeOfAJobIsNotedToo) {
    EXPECT_TRUE(answer_of<void>([this](auto then) {
        calls.add_notes({{AuditNote{{}, "api:ada", "token add", "", "ci"}}}, then);
    }));
    EXPECT_THAT(notes,
                ElementsAre(AuditNote{world.clock.wall_now(), "api:ada", "token add", "", "ci"}));
}

TEST_F(SchedulerCallsTest, WhatIsAcceptedIsToldWithItsRevisionAndWhy) {
    std::vector<std::string> told;
    const ListenerId listener = world.scheduler->attach(
        [&told](const TelemetryEvent& event) {
            if (event.stored == nullptr) return told.emplace_back("deleted"), void();
            told.push_back(std::to_string(event.stored->revision) + ' ' + event.stored->note);
        },
        kind_bit(TelemetryKind::job_add) | kind_bit(TelemetryKind::job_update) |
            kind_bit(TelemetryKind::job_delete));
    ASSERT_TRUE(put("0 12 * * *", 0));
    ASSERT_TRUE(pause({"load"}, Pause{}));
    ASSERT_TRUE(world.scheduler->delete_job("load"));
    world.settle();
    world.scheduler->detach(listener);
    EXPECT_THAT(told, ElementsAre("1 ", "2 paused: full disk", "deleted"));
}

TEST_F(SchedulerCallsTest, AfterTheEndEveryCallIsRefused) {
    ASSERT_TRUE(world.scheduler->stop(Duration::zero()));
    EXPECT_EQ(pause({"a"}, Pause{}).error().code, ErrorCode::unavailable);
    EXPECT_EQ(put("0 12 * * *", 0).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace quantum::test
