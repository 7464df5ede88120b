#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/mutex.hpp"
#include "daemon/wakeup_fd.hpp"
#include "server/engine.hpp"

namespace quantum::daemon {

/// What the API asks of the daemon's main thread, which has the files and the end of the program in
/// its hands.
///
/// Thread-safety: `add` may be called from any thread, the rest by the main thread.
class MainRequests {
public:
    struct Reload {
        std::string actor;
        std::string plan;  ///< see `server::Engine::reload`
        server::Engine::Then<server::ReloadReport> then;
    };
    struct Drain {
        std::string actor;
        std::optional<Duration> timeout;  ///< none: as long as runs take
        server::Engine::Then<void> then;
    };
    using Request = std::variant<Reload, Drain>;

    explicit MainRequests(WakeupFd& wakeup) : wakeup_(wakeup) {}
    /// Answers what is left with `unavailable`.
    ~MainRequests() { refuse_all(); }
    MainRequests(const MainRequests&) = delete;
    MainRequests& operator=(const MainRequests&) = delete;

    void add(Request request);
    /// The next one, if there is one.
    [[nodiscard]] std::optional<Request> next();
    /// The program is being stopped.
    void refuse_all();

private:
    WakeupFd& wakeup_;
    base::Mutex mutex_;  // a leaf
    std::deque<Request> waiting_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
