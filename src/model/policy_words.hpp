#pragma once

#include <string_view>

#include "quantum/job_policies.hpp"

// The words of policies, as in job files.
namespace quantum::model {

[[nodiscard]] constexpr std::string_view word(Overlap overlap) {
    switch (overlap) {
        case Overlap::allow:
            return "allow";
        case Overlap::skip:
            return "skip";
        case Overlap::queue:
            return "queue";
        case Overlap::replace:
            return "replace";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view word(Misfire misfire) {
    switch (misfire) {
        case Misfire::one:
            return "one";
        case Misfire::all:
            return "all";
        case Misfire::skip:
            return "skip";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view word(OnLost on_lost) {
    return on_lost == OnLost::rerun ? "rerun" : "record";
}

}  // namespace quantum::model
