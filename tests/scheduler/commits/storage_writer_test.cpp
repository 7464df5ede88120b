// StorageWriter on its own: what is stored together, what is asked again, and who is told what.
#include "scheduler/commits/storage_writer.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/stage.hpp"
#include "quantum/stages/supervisor.hpp"
#include "quantum/testing.hpp"

#include "conformance/builders.hpp"

namespace quantum::scheduler {
namespace {

using namespace std::chrono_literals;
using test::noon;
using testing::ElementsAre;
using testing::IsEmpty;

/// Answers what it is told to, in turn; then it stores.
class ScriptedStorage final : public Storage {
public:
    [[nodiscard]] Result<Snapshot> load() override { return Snapshot{}; }
    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        std::string line = std::to_string(batch.id) + ":";
        for (const AuditNote& note : batch.audit) line += " " + note.action;
        seen.push_back(std::move(line));
        if (throws) throw std::runtime_error("adapter broke");
        if (answers.empty()) return {};
        CommitResult answer = answers.front();
        answers.erase(answers.begin());
        return answer;
    }

    std::vector<CommitResult> answers;
    bool throws = false;
    std::vector<std::string> seen;  ///< "3: first second": the batch's id and its notes
};

class StorageWriterTest : public testing::Test {
protected:
    StorageWriterTest() {
        clock_.settle_with([this] { runtime_.run_until_idle(); });
        const ListenerId listener =
            hub_.attach([this](const TelemetryEvent& event) { told_.emplace_back(event.text); },
                        kind_bit(TelemetryKind::scheduler_state));
        static_cast<void>(listener);
        state_.tell_doubt = [this] { ++doubts_; };
        state_.ask_again = [this] { ++asked_again_; };
        writer_ = stages_.prepare_with<StorageWriter>(
            {.name = "writer", .subscribe_to = {}},
            [this] { return std::make_unique<StorageWriter>(state_, clock_, hub_); });
        SupervisorOptions options;
        options.max_restarts = 100;
        EXPECT_TRUE(start_supervisor(stages_, options, {child(writer_)}));
        settle();
    }
    ~StorageWriterTest() override { static_cast<void>(stages_.shutdown()); }

    void settle() { clock_.advance(Duration::zero()); }

    void send(Requester requester, std::uint64_t number, const std::string& action) {
        auto batch = std::make_shared<Batch>();
        batch->audit.push_back({noon, "test", action, {}, {}});
        writer_.cast(CommitRequest{requester, number, std::move(batch), [this](CommitReply reply) {
                                       replies_.push_back(text_of(reply));
                                   }});
    }
    /// "jobs 3 failed disk full"
    static std::string text_of(const CommitReply& reply) {
        std::string text = reply.requester == Requester::jobs ? "jobs " : "executions ";
        text += std::to_string(reply.number);
        text += reply.status == CommitStatus::done     ? " done"
                : reply.status == CommitStatus::failed ? " failed"
                                                       : " fatal";
        return reply.reason.empty() ? text : text + " " + reply.reason;
    }

    SimulatedClock clock_{noon};
    SimulatedRuntime runtime_{1};
    ScriptedStorage storage_;
    StorageWriterState state_{storage_};
    TelemetryHub hub_{"test", "here", {}};
    StageSystem stages_{runtime_, clock_};
    StageRef<StorageWriter> writer_;
    std::vector<std::string> replies_;
    std::vector<std::string> told_;
    int doubts_ = 0;
    int asked_again_ = 0;
};

TEST_F(StorageWriterTest, StoresEachRequestUnderTheNextNumber) {
    state_.last_batch = 7;
    send(Requester::jobs, 1, "a");
    settle();
    send(Requester::executions, 1, "b");
    settle();
    EXPECT_THAT(storage_.seen, ElementsAre("8: a", "9: b"));
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done", "executions 1 done"));
}

TEST_F(StorageWriterTest, WhatCameWhileItCouldNotCommitIsOneBatch) {
    storage_.answers = {{CommitStatus::unknown, "connection lost"}};
    send(Requester::jobs, 1, "a");
    settle();
    send(Requester::executions, 1, "b");
    settle();
    EXPECT_THAT(storage_.seen, ElementsAre("1: a")) << "it waits for its next attempt";
    clock_.advance(100ms);
    EXPECT_THAT(storage_.seen, ElementsAre("1: a", "1: a", "2: b"));
    storage_.seen.clear();
    storage_.answers = {{CommitStatus::unknown, "connection lost"}};
    send(Requester::jobs, 2, "c");
    settle();
    send(Requester::executions, 2, "d");
    send(Requester::jobs, 3, "e");
    clock_.advance(1s);
    ASSERT_EQ(storage_.seen.size(), 3u);
    EXPECT_THAT(storage_.seen[2], testing::AnyOf("4: d e", "4: e d"));
}

TEST_F(StorageWriterTest, ARefusalIsAnsweredAtOnce) {
    storage_.answers = {{CommitStatus::failed, "disk full"}};
    send(Requester::jobs, 1, "a");
    settle();
    EXPECT_THAT(replies_, ElementsAre("jobs 1 failed disk full"));
    EXPECT_THAT(told_, ElementsAre("degraded"));
    send(Requester::jobs, 2, "b");
    settle();
    EXPECT_THAT(told_, ElementsAre("degraded", "healed"));
    EXPECT_EQ(doubts_, 0);
}

TEST_F(StorageWriterTest, TheSameBatchIsSentUntilItsFateIsKnown) {
    storage_.answers = {{CommitStatus::unknown, "lost"}, {CommitStatus::unknown, "lost"}};
    send(Requester::jobs, 1, "a");
    settle();
    EXPECT_THAT(replies_, IsEmpty());
    clock_.advance(100ms);
    clock_.advance(199ms);
    EXPECT_EQ(storage_.seen.size(), 2u) << "the pause doubles";
    clock_.advance(1ms);
    EXPECT_THAT(storage_.seen, ElementsAre("1: a", "1: a", "1: a"));
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done"));
    EXPECT_EQ(doubts_, 2);
}

// "Refused" after a lost answer may be said of the second attempt, with the first one stored.
TEST_F(StorageWriterTest, ARefusalAfterALostAnswerDecidesNothing) {
    storage_.answers = {{CommitStatus::unknown, "lost"}, {CommitStatus::failed, "disk full"}};
    send(Requester::jobs, 1, "a");
    clock_.advance(100ms);
    EXPECT_THAT(replies_, IsEmpty());
    clock_.advance(200ms);
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done"));
}

TEST_F(StorageWriterTest, AnAdapterThatThrowsLeavesTheBatchInDoubt) {
    storage_.throws = true;
    send(Requester::jobs, 1, "a");
    settle();
    EXPECT_THAT(replies_, IsEmpty());
    EXPECT_EQ(doubts_, 1);
    storage_.throws = false;
    clock_.advance(100ms);
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done"));
}

TEST_F(StorageWriterTest, AfterARefusalForGoodNothingIsAskedAnyMore) {
    storage_.answers = {{CommitStatus::fatal, "another's"}};
    send(Requester::jobs, 1, "a");
    settle();
    send(Requester::executions, 1, "b");
    settle();
    EXPECT_THAT(storage_.seen, ElementsAre("1: a"));
    EXPECT_THAT(replies_, ElementsAre("jobs 1 fatal another's", "executions 1 fatal another's"));
}

TEST_F(StorageWriterTest, ARequestThatIsSentAgainIsStoredOnce) {
    send(Requester::jobs, 1, "a");
    settle();
    send(Requester::jobs, 1, "a");
    settle();
    EXPECT_THAT(storage_.seen, ElementsAre("1: a"));
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done", "jobs 1 done"));
}

TEST_F(StorageWriterTest, ACrashForgetsNeitherTheBatchInDoubtNorWhatWaits) {
    storage_.answers = {{CommitStatus::unknown, "lost"}};
    send(Requester::jobs, 1, "a");
    settle();
    send(Requester::executions, 1, "b");
    settle();
    runtime_.set_crash_probability(1);
    writer_.cast(StorageWriter::CommitNow{});
    runtime_.run_one();
    runtime_.set_crash_probability(0);
    settle();
    EXPECT_EQ(asked_again_, 1);
    clock_.advance(1s);
    EXPECT_THAT(storage_.seen, ElementsAre("1: a", "1: a", "2: b"));
    EXPECT_THAT(replies_, ElementsAre("jobs 1 done", "executions 1 done"));
}

}  // namespace
}  // namespace quantum::scheduler
