#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

namespace quantum::why {

/// What only a running scheduler can tell, and not its ledger. Whoever answers within the daemon
/// implements it over the scheduler; without one, the ledger answers alone and says less precisely
/// what an execution waits for.
///
/// Thread-safety: called on the thread that asks the question. It must answer at once: what it
/// needs from other threads has to be there before.
class Engine {
public:
    /// What a claimed execution waits for.
    enum class WaitsFor : std::uint8_t {
        jitter,    ///< the end of its jitter
        attempt,   ///< the time of its next attempt
        turn,      ///< the end of other runs of its job
        slot,      ///< a free slot
        storage,   ///< its start to be stored
        function,  ///< somebody to bind its function or handler
    };
    /// A run that holds a slot, or is in the way.
    struct Holder {
        std::string job{};
        ExecutionId id{};
        WallTime due{};
    };
    /// An execution that was claimed or started and has not ended.
    struct Open {
        bool is_running = false;
        bool is_stuck = false;  ///< still running after its timeout
        WaitsFor waits_for = WaitsFor::slot;
        std::size_t ahead = 0;  ///< how many are served before it
        std::string limit{};    ///< the tag whose slots are taken; empty: those of the scheduler
        std::size_t slots = 0;  ///< how many there are; 0: unknown
        std::vector<Holder> held_by{};
    };
    /// Why nothing new is decided or started.
    struct Trouble {
        std::optional<WallTime> since{};
        std::string reason{};
    };

    virtual ~Engine() = default;

    /// None: it is not open, as far as the scheduler knows.
    [[nodiscard]] virtual std::optional<Open> open(const ExecutionId& id) const = 0;
    /// None: all is well.
    [[nodiscard]] virtual std::optional<Trouble> trouble() const = 0;
    /// Nothing new starts because it stops.
    [[nodiscard]] virtual bool is_draining() const = 0;
    /// False: nobody has bound the job's function or handler.
    [[nodiscard]] virtual bool is_bound(const std::string& job) const = 0;

protected:
    Engine() = default;
    Engine(const Engine&) = default;
    Engine& operator=(const Engine&) = default;
};

}  // namespace quantum::why
