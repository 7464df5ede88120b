// The suite for storage adapters, asked of Shelf.
#include "shelf.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <quantum/conformance/ledger_conformance.hpp>

using quantum::conformance::LedgerConformance;
using quantum::conformance::maker_name;
using quantum::conformance::StorageConformance;
using quantum::conformance::StorageMaker;

namespace {

StorageMaker shelf_maker() {
    StorageMaker maker;
    maker.name = "Shelf";
    const auto tables = std::make_shared<std::shared_ptr<Tables>>();  // of the store made last
    maker.make = [tables] {
        *tables = std::make_shared<Tables>();
        return std::make_shared<Shelf>(*tables);
    };
    maker.reopen = [tables](std::shared_ptr<quantum::Storage> before) {
        before.reset();
        return std::make_shared<Shelf>(*tables);
    };
    maker.keeps_records = false;
    return maker;
}

INSTANTIATE_TEST_SUITE_P(Mine, StorageConformance, testing::Values(shelf_maker()), maker_name);
INSTANTIATE_TEST_SUITE_P(Mine, LedgerConformance, testing::Values(shelf_maker()), maker_name);

}  // namespace
