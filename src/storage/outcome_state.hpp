#pragma once

#include "quantum/execution.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::storage {

/// The state of an entry whose run ended so.
[[nodiscard]] constexpr EntryState state_of(OutcomeKind kind) {
    switch (kind) {
        case OutcomeKind::succeeded:
            return EntryState::succeeded;
        case OutcomeKind::failed:
            return EntryState::failed;
        case OutcomeKind::timed_out:
            return EntryState::timed_out;
        case OutcomeKind::killed:
            return EntryState::killed;
        case OutcomeKind::lost:
            break;
    }
    return EntryState::lost;
}

}  // namespace quantum::storage
