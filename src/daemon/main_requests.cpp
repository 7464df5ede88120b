#include "daemon/main_requests.hpp"

#include <utility>

namespace quantum::daemon {

void MainRequests::add(Request request) {
    {
        const base::MutexLock lock(mutex_);
        waiting_.push_back(std::move(request));
    }
    wakeup_.ring();
}

std::optional<MainRequests::Request> MainRequests::next() {
    const base::MutexLock lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    Request first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
}

void MainRequests::refuse_all() {
    while (const auto request = next()) {
        std::visit(
            [](const auto& one) {
                one.then(fail(ErrorCode::unavailable, "the scheduler is being stopped"));
            },
            *request);
    }
}

}  // namespace quantum::daemon
