// In an application that has an io_context of its own: jobs hand their work to it.
#include <iostream>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <quantum/quantum.hpp>

int main() {
    boost::asio::io_context application;
    const auto alive = boost::asio::make_work_guard(application);
    int ticks = 0;  // touched on the application's thread only

    quantum::Scheduler scheduler;
    if (!scheduler.start()) return 1;
    const auto tick = [&] {
        boost::asio::post(application, [&] {
            std::cout << "tick\n";
            if (++ticks == 2) application.stop();
        });
    };
    auto added = scheduler.add_job({.schedule = "@every 1s", .task = tick});
    if (!added) return std::cerr << added.error().message << '\n', 1;
    application.run();
    if (!scheduler.stop()) return 1;
}
