#include "cli/now.hpp"

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"

namespace quantum::cli {

Result<WallTime> now() {
    base::EventLoop loop;
    auto clock = base::SystemClock::create(loop);
    if (!clock) {
        return tl::unexpected(std::move(clock).error());
    }
    return (*clock)->wall_now();
}

}  // namespace quantum::cli
