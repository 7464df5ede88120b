#include "stage/asio_runtime.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/event_loop.hpp"

namespace quantum::stage {
namespace {

void post_turn(boost::asio::io_context& context, std::shared_ptr<Runnable> work) {
    boost::asio::post(context, [&context, work = std::move(work)]() mutable {
        if (work->run(AsioRuntime::budget)) post_turn(context, std::move(work));
    });
}

}  // namespace

void AsioRuntime::post(std::shared_ptr<Runnable> work) {
    post_turn(loop_.context(), std::move(work));
}

Waiting AsioRuntime::waiting() const {
    if (loop_.context().stopped()) return Waiting::refuse;
    return loop_.on_loop_thread() && threads_ <= 1 ? Waiting::refuse : Waiting::block;
}

}  // namespace quantum::stage
