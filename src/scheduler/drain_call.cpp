#include "scheduler/drain_call.hpp"

#include <array>
#include <exception>
#include <utility>

namespace quantum::scheduler {

DrainCall::DrainCall(Then then, std::shared_ptr<const TelemetryHub> hub)
    : then_(std::move(then)), hub_(std::move(hub)) {}

void DrainCall::set(Result<StopReport> report) { report_ = std::move(report); }

void DrainCall::tell() {
    if (is_told_.exchange(true)) return;
    const Then then = std::move(then_);  // what it holds goes with this call
    if (!then) return;
    try {
        then(std::move(report_));
    } catch (const std::exception& thrown) {
        const std::array fields{LogField{"reason", thrown.what()}};
        hub_->log(LogLevel::error, "the callback of a drain threw", fields);
    } catch (...) {
        hub_->log(LogLevel::error, "the callback of a drain threw");
    }
}

bool DrainCall::run(std::size_t /*budget*/) {
    tell();
    return false;
}

}  // namespace quantum::scheduler
