#pragma once

#include <cstdint>

#include "quantum/detail/stage/supervisor_cell.hpp"

namespace quantum::stage {

// What a supervisor says to itself, to hear it on a later turn.

/// A child has not stopped in the time it had.
struct ChildLateMessage final : detail::Message {
    ChildLateMessage(std::uint64_t c, std::uint64_t g) : child(c), generation(g) {}
    void deliver(detail::StageCell& receiver) override {
        static_cast<detail::SupervisorCell&>(receiver).on_child_late(child, generation);
    }
    std::uint64_t child;
    std::uint64_t generation;
};

/// A child that did not start is to be tried again, behind what else waits.
struct RetryMessage final : detail::Message {
    void deliver(detail::StageCell& receiver) override {
        static_cast<detail::SupervisorCell&>(receiver).on_retry();
    }
};

}  // namespace quantum::stage
