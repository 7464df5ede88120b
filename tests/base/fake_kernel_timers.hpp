#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/kernel_timers.hpp"

namespace quantum::base {

/// Kernel timers that a test moves by hand. The clock under test owns it; the test keeps a pointer.
class FakeKernelTimers final : public KernelTimers {
public:
    [[nodiscard]] WallTime wall_now() const override { return wall += tick; }
    [[nodiscard]] BootTime boot_now() const override { return boot; }
    void arm_wall(WallTime due) override {
        armed_wall = due;
        ++wall_armings;
    }
    void arm_boot(std::optional<BootTime> due) override {
        armed_boot = due;
        ++boot_armings;
    }
    void listen(Listener listener) override { listener_ = std::move(listener); }

    /// Real time passes: both clocks move, and what expires on the way is told, in order.
    void pass(Duration time) {
        move(wall + time, boot + time);
        tell_expired();
    }

    /// The machine sleeps: the same, but all at once at the end, with word of a set clock.
    void suspend(Duration time) {
        move(wall + time, boot + time);
        listener_(Event::clock_set);
        tell_expired();
    }

    /// Somebody sets the wall clock.
    void set_wall(WallTime to) {
        wall = to;
        listener_(Event::clock_set);
        tell_expired();
    }

    void tell(Event event) { listener_(event); }

    mutable WallTime wall{std::chrono::seconds(1'700'000'000)};
    Duration tick{};  ///< passes on the wall clock whenever it is read
    BootTime boot{std::chrono::seconds(5000)};
    std::optional<WallTime> armed_wall;
    std::optional<BootTime> armed_boot;
    int wall_armings = 0;
    int boot_armings = 0;

private:
    void move(WallTime to_wall, BootTime to_boot) {
        wall = to_wall;
        boot = to_boot;
    }
    void tell_expired() {
        if (armed_wall && *armed_wall <= wall) {
            armed_wall.reset();
            listener_(Event::wall_expired);
        }
        if (armed_boot && *armed_boot <= boot) {
            armed_boot.reset();
            listener_(Event::boot_expired);
        }
    }

    Listener listener_;
};

}  // namespace quantum::base
