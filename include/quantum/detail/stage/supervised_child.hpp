#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// When a child that stopped is restarted.
enum class Restart : std::uint8_t {
    permanent,  ///< always
    transient,  ///< if it stopped with an error
    temporary,  ///< never
};

struct ChildOptions {
    /// Unique in its supervisor. Empty: the stage's name, or "child 3".
    std::string id = {};
    Restart restart = Restart::permanent;
    /// How long it may take to stop; then it is killed: the handler it is in is its last. Zero:
    /// killed at once. Duration::max(): as long as it likes, which is right for supervisors.
    Duration shutdown = std::chrono::seconds(5);
};

/// A prepared stage and how it is to be supervised. Made by `child`.
struct ChildSpec {
    std::shared_ptr<detail::StageCell> cell;
    const std::type_info* type = nullptr;
    ChildOptions options;
};

/// One child as a supervisor sees it.
struct ChildInfo {
    std::string id;
    StageHandle stage;
    Restart restart = Restart::permanent;
    bool running = false;
};

namespace detail {

[[nodiscard]] Status register_cell(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                                   const std::type_info& type);

/// As StageSystem::start, without the type.
[[nodiscard]] Status start_registered(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                                      const std::type_info& type);

/// One child of a supervisor: how its life is begun and ended, and where that stands.
///
///     waiting ──▶ running ──▶ stopping ──▶ exited ──▶ running …   restarted
///                    │           │
///                    └───────────┴───────▶ stopped                by `stop_child`
///
/// Touched on its supervisor's turns only.
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
    /// Tells it to end, or kills it; `late` is called if it takes longer than it may.
    void end(Clock& clock, std::function<void()> late);
    /// It is not started again: whoever waits for it is told.
    void end_for_good(Clock& clock, const StageCell& supervisor);
    void cancel_timer(Clock& clock);

    [[nodiscard]] bool is_living() const {
        return state == State::running || state == State::stopping;
    }
    /// After it ended by itself, for this reason.
    [[nodiscard]] bool is_wanted_again(const StopReason& reason) const;
    [[nodiscard]] ChildInfo info() const;
    /// What an error says of a start that failed.
    [[nodiscard]] std::string failure_text() const;

    ChildSpec spec;
    State state = State::waiting;
    bool dynamic = false;          ///< added after the supervisor's start
    StopReason failure;            ///< why it did not start
    std::uint64_t generation = 0;  ///< of the timer: a late call of an earlier one means nothing
    std::optional<Clock::TimerId> timer;
};

/// How many restarts there may be within some time.
class RestartBudget {
public:
    RestartBudget(std::size_t most, Duration period) : most_(most), period_(period) {}

    /// Counts one more. False: that was one too many.
    [[nodiscard]] bool take(BootTime now);
    void reset() { taken_.clear(); }

private:
    const std::size_t most_;
    const Duration period_;
    std::deque<BootTime> taken_;
};

}  // namespace detail
}  // namespace quantum
