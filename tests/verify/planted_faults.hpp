#pragma once

#include <functional>
#include <random>
#include <vector>

#include "quantum/verify.hpp"

namespace quantum::verify::test {

/// A way to spoil a clean history, and what the checker must say then.
struct Fault {
    const char* name;
    /// Spoils one place; false: the history offers none.
    std::function<bool(History& history, std::mt19937_64& random)> plant;
    /// One of these must be told.
    std::vector<FindingKind> told;
    /// It stands in the sentence.
    const char* says = "";
};

[[nodiscard]] const std::vector<Fault>& faults();
/// Rows that contradict themselves or others; part of `faults`.
[[nodiscard]] std::vector<Fault> row_faults();

}  // namespace quantum::verify::test
