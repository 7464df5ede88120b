#include "quantum/coroutine.hpp"

#include <utility>

namespace quantum {

Coroutine::~Coroutine() {
    if (handle_) handle_.destroy();
}

void Coroutine::start(std::function<void(std::exception_ptr)> done) {
    handle_.promise().done = std::move(done);
    handle_.resume();
}

std::coroutine_handle<> Coroutine::promise_type::AtEnd::await_suspend(Handle ended) const noexcept {
    promise_type& promise = ended.promise();
    if (promise.awaiting) return promise.awaiting;
    // The coroutine may be gone after the call.
    const auto tell = std::move(promise.done);
    if (tell) tell(promise.thrown);
    return std::noop_coroutine();
}

}  // namespace quantum
