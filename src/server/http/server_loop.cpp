#include "server/http/server_loop.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace quantum::server {

void ServerLoop::start() {
    reader_.start(1);
    api_.start(1);
}

void ServerLoop::stop() {
    api_.stop();
    reader_.stop();
}

void ServerLoop::post(std::function<void()> work) { api_.post(std::move(work)); }

void ServerLoop::after(Duration delay, std::function<void()> work) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(api_.context());
    timer->expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(delay));
    timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& error) {
        if (!error) work();
    });
}

bool ServerLoop::read(std::function<void()> work) {
    if (reads_.fetch_add(1) >= most_reads) {
        --reads_;
        return false;
    }
    reader_.post([this, work = std::move(work)] {
        work();
        --reads_;
    });
    return true;
}

}  // namespace quantum::server
