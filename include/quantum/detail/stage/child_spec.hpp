#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <typeinfo>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/cell.hpp"

namespace quantum {

/// When a stopped child is restarted.
enum class Restart : std::uint8_t {
    permanent,  ///< always
    transient,  ///< if it stopped with an error
    temporary,  ///< never
};

struct ChildOptions {
    /// Unique within its supervisor. Empty: the stage's name, or "child 3".
    std::string id = {};
    Restart restart = Restart::permanent;
    /// How long it may take to stop before it is killed, which makes the running handler its last.
    /// Zero: killed at once. Duration::max(): unlimited, which is right for supervisors.
    Duration shutdown = std::chrono::seconds(5);
};

/// A prepared stage and how to supervise it. Created by `child`.
struct ChildSpec {
    std::shared_ptr<detail::StageCell> cell;
    const std::type_info* type = nullptr;
    ChildOptions options;
};

/// A child as seen by its supervisor.
struct ChildInfo {
    std::string id;
    StageHandle stage;
    Restart restart = Restart::permanent;
    bool running = false;
};

}  // namespace quantum
