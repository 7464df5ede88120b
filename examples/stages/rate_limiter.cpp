// A rate limiter: a consumer that asks by hand, so many events an interval and no more.
#include <chrono>
#include <cstdio>
#include <numeric>
#include <utility>
#include <vector>

#include <quantum/stages/stage_range.hpp>
#include <quantum/stages/stage_threads.hpp>

using namespace std::chrono_literals;
using quantum::Reaction;
using quantum::Subscription;

class RateLimiter : public quantum::Consumer<int> {
public:
    RateLimiter(std::size_t per_interval, quantum::Duration interval)
        : per_interval_(per_interval), interval_(interval) {}

    quantum::DemandMode handle_subscribed(const Subscription& producer) override {
        producer_ = producer;
        self(*this).cast(Tick{});
        return quantum::DemandMode::manual;  // nothing comes unless we ask
    }

    Reaction<> handle_events(std::vector<int> events, const Subscription&) override {
        std::printf("%zu events, up to %d\n", events.size(), events.back());
        return none();
    }

    struct Tick {};
    Reaction<> handle_cast(Tick) {
        ask(producer_, per_interval_);
        static_cast<void>(system().clock().wake_after(
            interval_, [limiter = self(*this)] { limiter.cast(Tick{}); }));
        return none();
    }

private:
    std::size_t per_interval_;
    quantum::Duration interval_;
    Subscription producer_;
};

int main() {
    auto threads = quantum::StageThreads::start();
    if (!threads) return 1;
    quantum::StageSystem stages((*threads)->runtime(), (*threads)->clock());

    std::vector<int> work(20);
    std::iota(work.begin(), work.end(), 1);
    auto source = quantum::start_source(stages, work);
    auto limiter = stages.start<RateLimiter>({.subscribe_to = {{*source}}}, 5, 10ms);

    // The source ends after its last event, and its permanent subscriber with it.
    auto why = limiter->wait(10s);
    std::printf("limiter stopped: %s\n",
                why ? why->to_string().c_str() : why.error().message.c_str());
    return stages.shutdown() ? 0 : 1;
}
