#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/conformance/builders.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::conformance {

/// What every storage that is a ledger keeps of the attempts of an execution: steps of a story that
/// the suite tells one by one.
class AttemptsStory {
public:
    using Reopen = std::function<std::shared_ptr<Storage>(std::shared_ptr<Storage>)>;

    explicit AttemptsStory(
        std::shared_ptr<Storage> storage,
        Reopen reopen = [](std::shared_ptr<Storage> same) { return same; })
        : storage_(std::move(storage)), reopen_(std::move(reopen)) {
        id_.bytes.back() = 7;
    }

    void claim_started() {
        Entry entry;
        entry.id = id_;
        entry.job = "report";
        entry.due = noon;
        entry.until = noon;
        entry.not_before = noon + seconds(2);
        entry.state = EntryState::started;
        entry.claimed_at = noon + seconds(2);
        entry.handed_at = entry.claimed_at;
        Batch batch = next();
        batch.claims.push_back(entry);
        store(batch);
    }

    /// An end at `ended`; `retry_at`: there is to be another attempt.
    void finish(std::uint32_t attempt, const Outcome& outcome, std::optional<WallTime> started,
                WallTime ended, std::optional<WallTime> retry_at = {}) {
        Batch batch = next();
        Finish end{id_, attempt, outcome, ended, started};
        end.retry_at = retry_at;
        batch.finishes.push_back(std::move(end));
        store(batch);
    }

    void start(WallTime at) {
        Batch batch = next();
        batch.starts.push_back({id_, at});
        store(batch);
    }

    [[nodiscard]] std::vector<Attempt> attempts() const {
        const auto found = ledger().attempts(id_);
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(std::vector<Attempt>());
    }
    [[nodiscard]] Entry entry() const { return ledger().entry(id_.text()).value_or(Entry{}); }
    [[nodiscard]] Snapshot crash() {
        storage_ = reopen_(std::move(storage_));
        return *storage_->load();
    }

    static constexpr auto seconds = [](int count) { return Duration(count * 1'000'000); };

private:
    [[nodiscard]] const Ledger& ledger() const { return dynamic_cast<const Ledger&>(*storage_); }
    Batch next() {
        Batch batch;
        batch.id = ++last_;
        return batch;
    }
    void store(const Batch& batch) {
        const CommitResult result = storage_->commit(batch);
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }

    std::shared_ptr<Storage> storage_;
    Reopen reopen_;
    ExecutionId id_;
    std::uint64_t last_ = 0;
};

inline Outcome failed(int exit_code, const std::string& reason) {
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.exit_code = exit_code;
    outcome.reason = reason;
    outcome.duration = AttemptsStory::seconds(1);
    return outcome;
}

inline void expect_the_only_attempt_is_the_entry(AttemptsStory story) {
    const auto s = AttemptsStory::seconds;
    story.claim_started();
    std::vector<Attempt> known = story.attempts();
    ASSERT_EQ(known.size(), 1u);
    EXPECT_FALSE(known[0].started_at || known[0].ended_at || known[0].outcome);
    EXPECT_FALSE(story.entry().started_at) << "nobody knows yet when it began";

    story.finish(1, failed(3, "exit code 3"), noon + s(4), noon + s(5));
    known = story.attempts();
    ASSERT_EQ(known.size(), 1u);
    EXPECT_EQ(known[0],
              (Attempt{1, noon + s(2), noon + s(4), noon + s(5), failed(3, "exit code 3")}));
    EXPECT_EQ(story.entry().lateness(), s(2)) << "from the end of the jitter";
}

inline void expect_each_attempt_is_kept(AttemptsStory story) {
    const auto s = AttemptsStory::seconds;
    const Attempt first{1, noon + s(2), noon + s(3), noon + s(4), failed(1, "exit code 1")};
    const Attempt second{2, noon + s(20), noon + s(21), noon + s(22), failed(2, "exit code 2")};
    story.claim_started();
    story.finish(1, *first.outcome, first.started_at, *first.ended_at, second.planned);
    EXPECT_EQ(story.attempts(), std::vector{first}) << "the next waits, and is none yet";
    EXPECT_EQ(story.entry().attempt, 2u);
    EXPECT_EQ(story.entry().retry_at, second.planned);

    story.start(noon + s(20));
    std::vector<Attempt> known = story.attempts();
    ASSERT_EQ(known.size(), 2u);
    EXPECT_EQ(known[1], (Attempt{2, second.planned}));
    story.finish(2, *second.outcome, second.started_at, *second.ended_at, noon + s(60));

    Snapshot after = story.crash();
    ASSERT_EQ(after.open.size(), 1u);
    EXPECT_EQ(after.open[0].attempt, 3u);
    EXPECT_EQ(after.open[0].retry_at, noon + s(60));
    EXPECT_EQ(story.attempts(), (std::vector{first, second}));

    story.start(noon + s(60));
    after = story.crash();
    Outcome lost;
    lost.kind = OutcomeKind::lost;
    story.finish(3, lost, std::nullopt, noon + s(90));
    EXPECT_EQ(story.attempts(),
              (std::vector{first, second, Attempt{3, noon + s(60), {}, noon + s(90), lost}}));
    const Entry entry = story.entry();
    EXPECT_EQ(entry.state, EntryState::lost);
    EXPECT_EQ(entry.started_at, first.started_at) << "of the first attempt";
    EXPECT_EQ(entry.lateness(), s(1)) << "not of the last attempt";
}

/// What comes as the end is the outcome of the attempt before.
inline void expect_a_retry_that_is_given_up_adds_none(AttemptsStory story) {
    const auto s = AttemptsStory::seconds;
    const Attempt only{1, noon + s(2), noon + s(3), noon + s(4), failed(1, "exit code 1")};
    story.claim_started();
    story.finish(1, *only.outcome, only.started_at, *only.ended_at, noon + s(20));
    story.finish(1, *only.outcome, std::nullopt, noon + s(10));
    EXPECT_EQ(story.attempts(), std::vector{only});
    EXPECT_EQ(story.entry().state, EntryState::failed);
    EXPECT_EQ(story.entry().attempt, 1u);
    EXPECT_EQ(story.entry().started_at, only.started_at);
}

/// The first attempt never began: that the next did is no start of the execution.
inline void expect_a_later_start_is_not_the_first(AttemptsStory story) {
    const auto s = AttemptsStory::seconds;
    story.claim_started();
    story.finish(1, failed(1, "no such user"), std::nullopt, noon + s(3), noon + s(5));
    story.start(noon + s(5));
    story.finish(2, failed(1, "exit code 1"), noon + s(6), noon + s(7));
    static_cast<void>(story.crash());
    EXPECT_FALSE(story.entry().started_at);
    const std::vector<Attempt> known = story.attempts();
    ASSERT_EQ(known.size(), 2u);
    EXPECT_FALSE(known[0].started_at);
    EXPECT_EQ(known[1].started_at, noon + s(6));
}

inline void expect_what_never_began_has_no_start(AttemptsStory story) {
    const auto s = AttemptsStory::seconds;
    story.claim_started();
    Outcome refused;
    refused.kind = OutcomeKind::failed;
    refused.reason = "cannot enter the working directory";
    story.finish(1, refused, std::nullopt, noon + s(3));
    EXPECT_EQ(story.attempts(), (std::vector{Attempt{1, noon + s(2), {}, noon + s(3), refused}}));
    EXPECT_FALSE(story.entry().lateness());
    EXPECT_FALSE(story.entry().outcome->exit_code) << "0 would say that it ran";
}

}  // namespace quantum::conformance
