#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

/// Property tests: 10,000 seeded cases, or as many as QUANTUM_PROPERTY_CASES says.
namespace quantum::test {

/// Before the first property: RC_PARAMS of the caller wins.
inline void configure_properties() {
    const char* cases = std::getenv("QUANTUM_PROPERTY_CASES");
    const std::string params = "seed=20261122 max_discard_ratio=20 max_success=" +
                               std::string(cases != nullptr ? cases : "10000");
    setenv("RC_PARAMS", params.c_str(), 0);
}

/// Any 64 bits, whatever size rapidcheck has come to; not shrunk, since it only seeds a generator.
inline std::uint64_t any_seed() {
    return *rc::gen::noShrink(
        rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
}

template <class Property>
void expect_property(const std::string& promise, Property property) {
    configure_properties();
    EXPECT_TRUE(rc::check(promise, property));
}

}  // namespace quantum::test
