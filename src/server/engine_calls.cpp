#include "server/engine_calls.hpp"

namespace quantum::server {

bool EngineCalls::begin(std::function<void()> start) {
    if (under_way_ >= most_at_once) {
        if (waiting_.size() >= most_waiting) return false;
        waiting_.push_back(std::move(start));
        return true;
    }
    ++under_way_;
    start();
    return true;
}

void EngineCalls::finished() {
    --under_way_;
    if (waiting_.empty()) return;
    const std::function<void()> next = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    next();
}

void EngineCalls::refuse(const CallRef& call) {
    Problem problem{ProblemKind::slow_down, "Too many requests wait for an answer."};
    problem.headers.emplace_back("Retry-After", "1");
    call->fail(problem);
}

}  // namespace quantum::server
