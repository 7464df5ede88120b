#pragma once

#include <string>
#include <vector>

#include "quantum/job.hpp"

namespace quantum::plan {

/// A setting that differs between two definitions: its key in job files, and its values as text. An
/// empty value: it is not set.
struct FieldChange {
    std::string key{};
    std::string before{};
    std::string after{};

    friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

/// What differs between two definitions of a job, what decides when it runs first. Never empty if
/// the definitions differ.
[[nodiscard]] std::vector<FieldChange> field_changes(const Job& before, const Job& after);

}  // namespace quantum::plan
