#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "quantum/clock.hpp"

#include "base/event_loop.hpp"
#include "server/loop.hpp"

namespace quantum::server {

/// The two threads of the control API, until `stop`.
///
/// Thread-safety: that of Loop; `start` and `stop` are the owner's.
class ServerLoop final : public Loop {
public:
    /// How many reads may wait.
    static constexpr std::size_t most_reads = 256;

    void start();
    /// When this returns, nothing runs any more, and nothing will.
    void stop();

    void post(std::function<void()> work) override;
    void after(Duration delay, std::function<void()> work) override;
    [[nodiscard]] bool read(std::function<void()> work) override;

    [[nodiscard]] base::EventLoop& api() { return api_; }

private:
    std::atomic<std::size_t> reads_{0};
    base::EventLoop reader_;
    base::EventLoop api_;
};

}  // namespace quantum::server
