#include <iostream>
#include <semaphore>

#include <quantum/quantum.hpp>

int main() {
    std::counting_semaphore<> runs{0};
    quantum::Scheduler scheduler;
    if (!scheduler.start()) return 1;
    auto added = scheduler.add_job("@every 1s", [&] {
        std::cout << "hello\n";
        runs.release();
    });
    if (!added) return std::cerr << added.error().message << '\n', 1;
    for (int i = 0; i < 3; ++i) runs.acquire();
    if (!scheduler.stop()) return 1;
}
