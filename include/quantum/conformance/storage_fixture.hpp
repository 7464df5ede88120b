#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/conformance/attempts.hpp"
#include "quantum/conformance/storage_maker.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::conformance {

/// What every storage adapter that keeps a ledger has to pass. A test program of the adapter's
/// includes `quantum/conformance/storage_conformance.hpp` in one file, and instantiates:
///
///     using quantum::conformance::StorageConformance;
///     INSTANTIATE_TEST_SUITE_P(Shelf, StorageConformance, testing::Values(maker),
///                              quantum::conformance::maker_name);
///
/// An adapter that is also a Ledger is asked for more here, and has a suite of its own:
/// `quantum/conformance/ledger_conformance.hpp`.
///
/// Each look at what is stored is one after a death of the process (`StorageMaker::reopen`).
class StorageConformance : public testing::TestWithParam<StorageMaker> {
protected:
    CommitResult commit(Batch batch) {
        batch.id = ++last_;
        return storage_->commit(batch);
    }
    void store(Batch batch) {
        const CommitResult result = commit(std::move(batch));
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }

    void die() { storage_ = GetParam().reopen(std::move(storage_)); }
    Snapshot load() {
        die();
        auto snapshot = storage_->load();
        EXPECT_TRUE(snapshot) << snapshot.error().message;
        return std::move(snapshot).value_or(Snapshot{});
    }

    [[nodiscard]] bool is_ledger() const {
        return dynamic_cast<const Ledger*>(storage_.get()) != nullptr;
    }
    /// The store as a ledger.
    const Ledger& ledger() {
        die();
        return dynamic_cast<const Ledger&>(*storage_);
    }
    std::vector<Entry> entries(const EntryQuery& query = {}) {
        auto found = ledger().entries(query);
        EXPECT_TRUE(found) << found.error().message;
        return std::move(found).value_or(std::vector<Entry>{});
    }
    /// How many entries there are, if that can be asked.
    void expect_entries(std::size_t count) {
        if (!is_ledger()) return;
        EXPECT_EQ(entries().size(), count);
    }
    [[nodiscard]] AttemptsStory story() const {
        return AttemptsStory(GetParam().make(), GetParam().reopen);
    }

    static constexpr const char* no_ledger = "this storage is no Ledger";

    std::shared_ptr<Storage> storage_ = GetParam().make();
    std::uint64_t last_ = 0;
};

}  // namespace quantum::conformance
