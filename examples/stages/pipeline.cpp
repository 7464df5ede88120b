// A pipeline of three: numbers, doubled, printed. Nobody gets more than it asked for.
#include <cstdio>
#include <numeric>
#include <utility>
#include <vector>

#include <quantum/stages/stage.hpp>
#include <quantum/stages/stage_threads.hpp>

using quantum::Reaction;
using quantum::Subscription;

/// Counts upwards, as far as it is asked to.
class Numbers : public quantum::Producer<int> {
public:
    explicit Numbers(int from) : next_(from) {}

    Reaction<int> handle_demand(std::size_t count) override {
        std::vector<int> events(count);
        std::iota(events.begin(), events.end(), next_);
        next_ += static_cast<int>(count);
        return emit(std::move(events));
    }

private:
    int next_;
};

class Doubler : public quantum::ProducerConsumer<int, long> {
public:
    Reaction<long> handle_events(std::vector<int> events, const Subscription&) override {
        std::vector<long> doubled;
        doubled.reserve(events.size());
        for (const int event : events) doubled.push_back(2L * event);
        return emit(std::move(doubled));
    }
};

/// Prints until it has seen enough, then stops.
class Printer : public quantum::Consumer<long> {
public:
    Reaction<> handle_events(std::vector<long> events, const Subscription&) override {
        for (const long event : events) std::printf("%ld\n", event);
        seen_ += events.size();
        return seen_ < 20 ? none() : stop();
    }

private:
    std::size_t seen_ = 0;
};

int main() {
    auto threads = quantum::StageThreads::start(2);
    if (!threads) return 1;
    quantum::StageSystem stages((*threads)->runtime(), (*threads)->clock());

    auto numbers = stages.start<Numbers>({.name = "numbers"}, 1);
    auto doubler = stages.start<Doubler>({.subscribe_to = {{*numbers, {.max_demand = 10}}}});
    auto printer = stages.start<Printer>({.subscribe_to = {{*doubler, {.max_demand = 10}}}});

    auto why = printer->wait(std::chrono::seconds(10));
    std::printf("printer stopped: %s\n",
                why ? why->to_string().c_str() : why.error().message.c_str());
    return stages.shutdown() ? 0 : 1;
}
