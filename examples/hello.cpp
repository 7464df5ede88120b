#include <iostream>
#include <semaphore>

#include <quantum/quantum.hpp>

int main() {
    std::counting_semaphore<> runs{0};
    quantum::Scheduler scheduler;
    if (!scheduler.start()) return 1;
    const auto hello = [&] {
        std::cout << "hello\n";
        runs.release();
    };
    auto added = scheduler.add_job({.schedule = "@every 1s", .task = hello});
    if (!added) return std::cerr << added.error().message << '\n', 1;
    for (int i = 0; i < 3; ++i) runs.acquire();
    if (!scheduler.stop()) return 1;
}
