#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

/// Property tests: 10,000 seeded cases (1,000 under a sanitizer, which is that much slower), or as
/// many as QUANTUM_PROPERTY_CASES says.
namespace quantum::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr const char* usual_cases = "1000";
#else
inline constexpr const char* usual_cases = "10000";
#endif

/// Before the first property: RC_PARAMS of the caller wins.
inline void configure_properties() {
    const char* cases = std::getenv("QUANTUM_PROPERTY_CASES");
    const std::string params = "seed=20261122 max_discard_ratio=20 max_success=" +
                               std::string(cases != nullptr ? cases : usual_cases);
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
