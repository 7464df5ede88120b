#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "quantum/clock.hpp"

#include "run/process/child_context.hpp"

namespace quantum::run {

/// One timer of a run, which calls on the strand.
///
/// A call that is on its way when the timer is cancelled comes all the same: whoever is called
/// looks where the run stands. Not thread-safe.
class StrandTimer {
public:
    StrandTimer(Clock& clock, RunStrand strand) : clock_(clock), strand_(std::move(strand)) {}

    void set(Duration delay, std::function<void()> call) {
        id_ = clock_.wake_after(
            delay, [strand = strand_, call = std::move(call)] { boost::asio::post(strand, call); });
    }
    void cancel() {
        if (id_) clock_.cancel(*id_);
        id_.reset();
    }
    /// To be said by whoever was called.
    void passed() { id_.reset(); }
    [[nodiscard]] bool is_set() const { return id_.has_value(); }

private:
    Clock& clock_;
    const RunStrand strand_;
    std::optional<Clock::TimerId> id_;
};

}  // namespace quantum::run
