// Calls, casts, supervision and a test without threads: what docs/reference/stages.md shows.
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <quantum/stages/stage.hpp>
#include <quantum/stages/supervisor.hpp>
#include <quantum/testing/simulated_clock.hpp>
#include <quantum/testing/simulated_runtime.hpp>

using quantum::From;
using quantum::Reaction;

struct Stored {
    std::string key;
    int value;
};

struct Store {
    using Reply = void;
    Stored what;
};
struct Find {
    using Reply = int;
    std::string key;
};
struct Forget {
    std::string key;
};

/// Keeps values; tells its consumers of each new one.
class Shelf : public quantum::Producer<Stored> {
public:
    Reaction<Stored> handle_demand(std::size_t) override { return none(); }

    Reaction<Stored> handle_call(Store request, From<void> from) {
        values_[request.what.key] = request.what.value;
        from.reply();  // goes out after the event
        return emit_one(std::move(request.what));
    }
    Reaction<Stored> handle_call(Find request, From<int> from) {
        const auto found = values_.find(request.key);
        if (found == values_.end()) {
            from.fail({quantum::ErrorCode::not_found, "no '" + request.key + "'"});
        } else {
            from.reply(found->second);
        }
        return none();
    }
    Reaction<Stored> handle_cast(Forget message) {
        if (values_.erase(message.key) == 0) throw std::runtime_error("nothing to forget");
        return none();
    }

private:
    std::map<std::string, int> values_;
};

class Announcer : public quantum::Consumer<Stored> {
public:
    Reaction<> handle_events(std::vector<Stored> events, const quantum::Subscription&) override {
        for (const Stored& event : events) {
            std::printf("%s = %d\n", event.key.c_str(), event.value);
        }
        return none();
    }
};

int main() {
    quantum::SimulatedClock clock(quantum::WallTime{});
    quantum::SimulatedRuntime runtime(42);
    quantum::StageSystem stages(runtime, clock);

    auto shelf = stages.prepare<Shelf>({.name = "shelf"});
    auto announcer = stages.prepare<Announcer>({.name = "announcer", .subscribe_to = {{shelf}}});
    auto top = quantum::start_supervisor(
        stages, {.strategy = quantum::Strategy::rest_for_one},
        {quantum::child(shelf), quantum::child(announcer, {.shutdown = std::chrono::seconds(1)})});
    if (!top) return 1;

    static_cast<void>(shelf.call(Store{{"answer", 42}}));
    quantum::Result<int> answer = shelf.call(Find{"answer"}, std::chrono::milliseconds(100));
    std::printf("found %d\n", answer.value_or(0));

    shelf.cast(Forget{"question"});  // throws: the supervisor makes a new shelf, an empty one
    answer = shelf.call(Find{"answer"});
    std::printf("after the crash: %s\n", answer ? "found" : answer.error().message.c_str());

    shelf.call_then(Find{"answer"}, [](quantum::Result<int> found) {
        std::printf("answered without waiting: %s\n", found ? "found" : "not found");
    });
    runtime.run_until_idle();

    auto subscription =
        announcer.subscribe(shelf, {.max_demand = 10, .cancel = quantum::CancelMode::temporary});
    if (!subscription) return 1;
    announcer.cancel(*subscription);
    if (!top->stop_child("announcer") || !top->restart_child("announcer")) return 1;
    return stages.shutdown() ? 0 : 1;
}
