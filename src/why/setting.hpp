#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "quantum/clock.hpp"

#include "why/engine.hpp"

namespace quantum::why {

/// Who holds the state directory, as its lock tells.
struct Presence {
    bool is_held = false;
    bool is_suspended = false;  ///< stopped by a signal or a debugger
    bool is_degraded = false;   ///< nothing new starts
    std::optional<WallTime> degraded_since{};
    std::string reason{};  ///< why it is degraded
};

/// What a question is asked beside the ledger.
struct Setting {
    WallTime now;
    Presence presence{};
    const Engine* engine = nullptr;  ///< null: the ledger answers alone
    /// How late a due time may be decided by a scheduler that is well.
    Duration settle = std::chrono::seconds(2);
};

}  // namespace quantum::why
