#pragma once

#include <cstdint>

#include "quantum/verify.hpp"

/// A scheduler that makes no mistakes, in one page of arithmetic: it writes the histories that the
/// checker must accept. It shares nothing with the checker: its due times come from the engine that
/// schedules, and it walks forward through time where the checker looks back.
namespace quantum::verify::test {

/// What a seed may draw on; everything by default.
struct ModelOptions {
    bool outages = true;
    bool steps = true;
    bool edits = true;
    bool limit = true;
    bool retention = true;
};

/// As retention does it: what was due and over before `edge` is gone, and with it what explained
/// it.
void forget_before(History& history, WallTime edge);

/// One history, fully determined by the seed.
[[nodiscard]] History clean_history(std::uint64_t seed, const ModelOptions& options = {});

}  // namespace quantum::verify::test
