#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/storage/storage.hpp"

namespace quantum::conformance {

/// How the suite comes by an adapter.
struct StorageMaker {
    /// The name of the adapter among the parameters of the tests: letters and digits.
    std::string name;
    /// An empty store.
    std::function<std::shared_ptr<Storage>()> make;
    /// The same store after its process died; the same object where nothing outlives it.
    std::function<std::shared_ptr<Storage>(std::shared_ptr<Storage>)> reopen =
        [](std::shared_ptr<Storage> same) { return same; };
    /// Of an adapter that is a Ledger: whether it keeps the output of runs.
    bool keeps_output = true;
    /// The same for revisions of jobs, audit notes and steps of the clock.
    bool keeps_records = true;
};

inline void PrintTo(const StorageMaker& maker, std::ostream* out) { *out << maker.name; }

/// For the last argument of INSTANTIATE_TEST_SUITE_P.
inline const auto maker_name = [](const testing::TestParamInfo<StorageMaker>& info) {
    return info.param.name;
};

}  // namespace quantum::conformance
