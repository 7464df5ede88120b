#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/clock_history.hpp"
#include "verify/definitions.hpp"

namespace quantum::verify {

/// A due time of a job, by the definition that was in force.
struct Slot {
    WallTime due;
    std::uint32_t revision = 0;  ///< index into the job's revisions
    bool gap_row = false;        ///< no run but the row skipped(dst_gap)
    bool paused = false;         ///< inside a pause: a row is welcome, a run is not
    bool optional = false;       ///< on the edge of two definitions: a row is welcome
    bool running = false;        ///< goes on at once when the clock is set back
    /// The clock was set back over a change of the definition here: which one an entry belongs to
    /// cannot be told from wall times.
    bool crossed = false;
};

/// All due times of a job, oldest first, from its definitions alone; computed lazily, at most a few
/// thousand at a time.
class SlotStream {
public:
    /// `definitions` and `timeline` are kept by reference.
    SlotStream(const Definitions& definitions, const ClockHistory& timeline,
               std::optional<WallTime> retained_from);

    /// The next due time before `end`; null: there is none left before it. Valid until the next
    /// call.
    [[nodiscard]] const Slot* next(WallTime end);

    /// Skips everything due before `instant`.
    void skip_to(WallTime instant);

    /// Everything due before it has been returned.
    [[nodiscard]] WallTime position() const;

    /// Between two uses: releases its memory.
    void rest();

private:
    struct Window {
        WallTime from;
        WallTime to;
        std::uint32_t revision = 0;
    };

    void read_on(WallTime end);
    void add(const Window& window, WallTime from, WallTime to, bool optional);
    void join();

    const Definitions& definitions_;
    std::vector<Window> in_force_;               // by revision
    std::vector<ClockHistory::Window> crossed_;  // where any of them may count
    WallTime read_until_;                        // exclusive
    Duration step_ = std::chrono::seconds(1);
    std::vector<Slot> slots_;
    std::size_t place_ = 0;
};

}  // namespace quantum::verify
