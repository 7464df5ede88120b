// The suite for every storage, asked of SQLite. It is closed and opened again before each look, so
// that nothing is answered from memory.
#include <memory>

#include <gtest/gtest.h>

#include "quantum/conformance/ledger_conformance.hpp"
#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

/// A store and the directory it is in.
struct Place {
    TemporaryDirectory directory;
    std::unique_ptr<SqliteStorage> storage;

    void open() {
        auto opened = SqliteStorage::open(directory.path() / "state");
        ASSERT_TRUE(opened) << opened.error().message;
        storage = std::move(*opened);
    }
};

std::shared_ptr<Storage> in(const std::shared_ptr<Place>& place) {
    place->open();
    return {place, place->storage.get()};
}

StorageMaker sqlite_maker() {
    // The store itself belongs to the test: nothing of it is left when the program ends.
    const auto last = std::make_shared<std::weak_ptr<Place>>();
    StorageMaker maker;
    maker.name = "Sqlite";
    maker.make = [last] {
        const auto place = std::make_shared<Place>();
        *last = place;
        return in(place);
    };
    maker.reopen = [last](std::shared_ptr<Storage> before) {
        const auto place = last->lock();
        before.reset();
        place->storage.reset();
        return in(place);
    };
    return maker;
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StorageConformance, testing::Values(sqlite_maker()), maker_name);
INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerConformance, testing::Values(sqlite_maker()), maker_name);

}  // namespace
}  // namespace quantum::test
