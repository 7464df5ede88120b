#pragma once

#include <functional>

#include "quantum/clock.hpp"

namespace quantum::server {

/// The threads of the API: its own, on which everything of it happens, and one that reads ledgers
/// and accounts.
///
/// Thread-safety: every method may be called from any thread. Held by whoever may post late; what
/// is posted after the end is dropped.
class Loop {
public:
    virtual ~Loop() = default;

    /// Calls `work` soon on the API's thread.
    virtual void post(std::function<void()> work) = 0;
    /// Calls `work` on the API's thread, not before `delay` is over.
    virtual void after(Duration delay, std::function<void()> work) = 0;
    /// Calls `work` on the reading thread, one after the other. False: too much waits already.
    [[nodiscard]] virtual bool read(std::function<void()> work) = 0;

protected:
    Loop() = default;
    Loop(const Loop&) = default;
    Loop& operator=(const Loop&) = default;
};

}  // namespace quantum::server
