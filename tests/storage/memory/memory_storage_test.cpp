#include "quantum/storage/memory_storage.hpp"

#include "quantum/conformance/ledger_conformance.hpp"
#include "quantum/storage/noop_storage.hpp"

#include "conformance/builders.hpp"
#include "support/instants.hpp"

namespace quantum::test {
namespace {

const auto makers =
    testing::Values(StorageMaker{.name = "Memory",
                                 .make = [] { return std::make_shared<MemoryStorage>(); },
                                 .keeps_records = false},
                    StorageMaker{.name = "MemoryAfterADeath",
                                 .make = [] { return std::make_shared<MemoryStorage>(); },
                                 .reopen =
                                     [](std::shared_ptr<Storage> store) {
                                         return std::shared_ptr<Storage>(
                                             dynamic_cast<MemoryStorage&>(*store).clone());
                                     },
                                 .keeps_records = false});

INSTANTIATE_TEST_SUITE_P(Memory, StorageConformance, makers, maker_name);
INSTANTIATE_TEST_SUITE_P(Memory, LedgerConformance, makers, maker_name);

Batch ended(std::uint64_t number, WallTime due, WallTime watermark) {
    Batch batch;
    batch.id = number;
    Entry entry;
    entry.id.bytes[15] = static_cast<std::uint8_t>(number);
    entry.job = "job";
    entry.due = entry.until = due;
    entry.state = EntryState::skipped;
    batch.claims.push_back(entry);
    batch.watermark = watermark;
    return batch;
}

TEST(MemoryStorage, KeepsTheNewestEndedEntriesOnly) {
    MemoryStorage storage(5);
    const WallTime start = at("2024-03-01 12:00:00");
    for (std::uint64_t i = 1; i <= 20; ++i) {
        const WallTime due = start + std::chrono::minutes(i);
        ASSERT_EQ(storage.commit(ended(i, due, due)).status, CommitStatus::done);
    }
    const auto entries = storage.entries({});
    ASSERT_EQ(entries->size(), 5u);
    EXPECT_EQ(entries->front().due, start + std::chrono::minutes(16));
}

/// A run of `job`, which has written so many bytes, each of which says which run it was.
void run_of(MemoryStorage& storage, std::uint64_t number, const std::string& job,
            std::size_t size) {
    const Entry entry = entry_at(noon + std::chrono::minutes(number), job, number);
    Batch batch{.id = 2 * number, .claims = {entry}, .watermark = entry.due};
    ASSERT_EQ(storage.commit(batch).status, CommitStatus::done);
    Finish finish = finish_of(entry);
    finish.output = CapturedOutput{std::string(size, static_cast<char>('a' + number)), {}, size};
    ASSERT_EQ(storage.commit({.id = 2 * number + 1, .finishes = {finish}}).status,
              CommitStatus::done);
}

/// Of which of so many runs output is kept: "bd".
std::string kept_output(const MemoryStorage& storage, std::uint64_t runs) {
    std::string kept;
    for (std::uint64_t number = 1; number <= runs; ++number) {
        const auto output = storage.output(id_at(noon + std::chrono::minutes(number), number));
        if (output) kept += output->head.front();
    }
    return kept;
}

TEST(MemoryStorage, KeepsTheNewestOutputUpToASize) {
    MemoryStorage storage(100, 1000);
    for (std::uint64_t number = 1; number <= 9; ++number) {
        run_of(storage, number, "job " + std::to_string(number), 240);
    }
    EXPECT_EQ(kept_output(storage, 9), "ghij");
    EXPECT_EQ(storage.entries({})->size(), 9u) << "what they were is another matter";
    run_of(storage, 10, "large", 1001);
    EXPECT_EQ(kept_output(storage, 10), "ghij") << "nothing would be left for the others";
}

TEST(MemoryStorage, TheOutputOfOneJobDisplacesOnlyItsOwn) {
    MemoryStorage storage(100, 1000);
    run_of(storage, 1, "quiet", 200);
    for (std::uint64_t number = 2; number <= 9; ++number) run_of(storage, number, "loud", 120);
    EXPECT_EQ(kept_output(storage, 9), "bij");
}

TEST(MemoryStorage, OutputGoesWithItsEntryAndIsCloned) {
    MemoryStorage storage(2);
    for (std::uint64_t number = 1; number <= 4; ++number) run_of(storage, number, "job", 10);
    EXPECT_EQ(storage.clone()->output(id_at(noon + std::chrono::minutes(4), 4))->bytes, 10u);
    EXPECT_EQ(kept_output(storage, 4), "de");
}

TEST(MemoryStorage, NeverDropsWhatIsAboveTheWatermark) {
    MemoryStorage storage(2);
    const WallTime start = at("2024-03-01 12:00:00");
    for (std::uint64_t i = 1; i <= 10; ++i) {
        const WallTime due = start + std::chrono::minutes(i);
        ASSERT_EQ(storage.commit(ended(i, due, start)).status, CommitStatus::done);
    }
    EXPECT_EQ(storage.load()->decided.size(), 10u);
}

TEST(NoopStorage, KnowsNothingAndRefusesNothing) {
    NoopStorage storage;
    EXPECT_FALSE(storage.keeps_ledger());
    EXPECT_EQ(storage.commit(ended(1, WallTime{}, WallTime{})).status, CommitStatus::done);
    const auto snapshot = storage.load();
    EXPECT_FALSE(snapshot->jobs.has_value());
    EXPECT_FALSE(snapshot->watermark.has_value());
}

}  // namespace
}  // namespace quantum::test
