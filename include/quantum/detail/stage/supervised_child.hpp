#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/child_spec.hpp"
#include "quantum/result.hpp"

namespace quantum {
namespace detail {

/// One child of a supervisor: how it is started and stopped, and its state.
///
///     waiting ──▶ running ──▶ stopping ──▶ exited ──▶ running …   restarted
///                    │           │
///                    └───────────┴───────▶ stopped                by `stop_child`
///
/// Used only on its supervisor's turns.
struct SupervisedChild {
    enum class State : std::uint8_t {
        waiting,
        running,
        stopping,
        exited,
        stopped,  ///< by `stop_child`: only `restart_child` starts it again
    };

    /// Starts it, again or for the first time. If that fails, `failure` says why.
    Started start(StageSystem& system, const std::shared_ptr<StageCell>& supervisor,
                  std::uint64_t key);
    /// Asks it to stop, or kills it; `late` is called if it takes longer than it may.
    void end(Clock& clock, std::function<void()> late);
    /// It is not started again; whoever waits for it is told.
    void end_for_good(Clock& clock, const StageCell& supervisor);
    void cancel_timer(Clock& clock);

    [[nodiscard]] bool is_living() const {
        return state == State::running || state == State::stopping;
    }
    /// Whether it is restarted after it stopped by itself for this reason.
    [[nodiscard]] bool is_restarted_after(const StopReason& reason) const;
    [[nodiscard]] ChildInfo info() const;
    /// The text for a start that failed.
    [[nodiscard]] std::string failure_text() const;

    ChildSpec spec;
    State state = State::waiting;
    bool dynamic = false;          ///< added after the supervisor started
    StopReason failure;            ///< why it did not start
    std::uint64_t generation = 0;  ///< of the timer; a call from an earlier one is ignored
    std::optional<Clock::TimerId> timer;
};

/// The children of a supervisor, in the order they were added.
using SupervisedChildren = std::map<std::uint64_t, SupervisedChild>;

}  // namespace detail
}  // namespace quantum
