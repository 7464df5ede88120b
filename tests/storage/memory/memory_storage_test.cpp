#include "quantum/storage/memory_storage.hpp"

#include "quantum/storage/noop_storage.hpp"

#include "conformance/ledger_conformance.hpp"
#include "conformance/storage_conformance.hpp"

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
