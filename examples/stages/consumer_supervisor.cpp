// One supervised child for each event, at most three at a time; one crashes and is tried again.
#include <atomic>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <quantum/stages/consumer_supervisor.hpp>
#include <quantum/stages/stage_range.hpp>
#include <quantum/stages/stage_threads.hpp>

using quantum::Reaction;

/// What the cooks share: the orders that are done.
struct Kitchen {
    std::atomic<int> served{0};
    std::atomic<bool> burnt{false};
};

class Cook : public quantum::Consumer<int> {
public:
    Cook(int order, std::shared_ptr<Kitchen> kitchen)
        : order_(order), kitchen_(std::move(kitchen)) {}

    quantum::InitResult init(Options&) override {
        self(*this).cast(Begin{});
        return quantum::InitResult::started();
    }

    struct Begin {};
    Reaction<> handle_cast(Begin) {
        if (order_ == 4 && !kitchen_->burnt.exchange(true)) throw std::runtime_error("burnt");
        ++kitchen_->served;
        return stop();  // a normal end: a transient child is not restarted
    }

    Reaction<> handle_events(std::vector<int>, const quantum::Subscription&) override {
        return none();
    }

private:
    int order_;
    std::shared_ptr<Kitchen> kitchen_;
};

int main() {
    auto threads = quantum::StageThreads::start(2);
    if (!threads) return 1;
    quantum::StageSystem stages((*threads)->runtime(), (*threads)->clock());

    auto kitchen = std::make_shared<Kitchen>();
    auto orders = quantum::start_source(stages, std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});

    quantum::ConsumerSupervisorOptions<int> options;
    options.subscribe_to = {{*orders, {.max_demand = 3, .min_demand = 1}}};
    options.restart = quantum::Restart::transient;
    options.make_child = [kitchen](quantum::StageSystem& system, const int& order) {
        return quantum::child(system.prepare<Cook>({}, order, kitchen));
    };
    auto cooks = quantum::start_consumer_supervisor<int>(stages, options);
    if (!cooks) return 1;

    // The source ends after the last order, and its permanent subscriber once all cooks are done.
    auto why = cooks->wait(std::chrono::seconds(10));
    if (!why) return 1;
    std::printf("served %d orders, one of them twice on the stove: %s\n", kitchen->served.load(),
                kitchen->burnt ? "yes" : "no");
    return stages.shutdown() ? 0 : 1;
}
