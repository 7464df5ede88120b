#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "quantum/stages/stage_threads.hpp"
#include "quantum/stages/supervisor.hpp"

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

struct Ping {
    using Reply = int;
    int number;
};
struct Crash {};

/// Answers, emits as asked, crashes on request.
class Server : public Producer<int> {
public:
    Reaction<int> handle_demand(std::size_t count) override {
        return emit(std::vector<int>(std::min<std::size_t>(count, 3), 1));
    }
    Reaction<int> handle_call(Ping ping, From<int> from) {
        from.reply(ping.number);
        return none();
    }
    Reaction<int> handle_cast(int number) { return emit_one(number); }
    Reaction<int> handle_cast(Crash) { throw std::runtime_error("asked to"); }
};

class Sink : public Consumer<int> {
public:
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_call(Ping ping, From<int> from) {
        from.reply(ping.number);
        return none();
    }
};

TEST(StageStressTest, EightThreadsCallCastSubscribeCancelAndStop) {
    const char* wanted = std::getenv("QUANTUM_STAGE_STRESS");
    const int rounds = wanted == nullptr ? 400 : std::atoi(wanted);
    const auto threads = StageThreads::start(2).value();
    StageSystem stages(threads->runtime(), threads->clock());
    const auto server =
        stages.prepare<Server>({.buffer_size = 100, .buffer_keep = BufferKeep::first});
    const auto sink = stages.prepare<Sink>();
    const auto top =
        start_supervisor(stages, {.max_restarts = 1'000'000},
                         {child(server, {.id = "server"}), child(sink, {.id = "sink"})});
    ASSERT_TRUE(top.has_value());

    std::atomic<int> wrong{0};
    std::atomic<int> answered{0};
    std::vector<std::thread> users;
    for (unsigned user = 0; user < 8; ++user) {
        users.emplace_back([&, user] {
            std::mt19937 random(user);
            std::vector<StageRef<Sink>> mine;
            for (int round = 0; round < rounds; ++round) {
                switch (random() % 8) {
                    case 0:
                    case 1: {
                        const auto answer = server.call(Ping{round});
                        if (answer) ++answered;
                        if (answer && *answer != round) ++wrong;
                        break;
                    }
                    case 2:
                        server.cast(round);
                        break;
                    case 3: {
                        auto started =
                            stages.start<Sink>({.subscribe_to = {{server, {.max_demand = 5}}}});
                        if (started) mine.push_back(*started);
                        break;
                    }
                    case 4:
                        if (!mine.empty()) {
                            static_cast<void>(mine.back().stop());
                            mine.pop_back();
                        }
                        break;
                    case 5: {
                        const auto subscription = ConsumerRef<int>(sink).subscribe(
                            server, {.max_demand = 4, .cancel = CancelMode::temporary});
                        if (subscription) ConsumerRef<int>(sink).cancel(*subscription);
                        break;
                    }
                    case 6:
                        if (random() % 8 == 0) server.cast(Crash{});
                        break;
                    default:
                        if (!mine.empty()) mine.back().ask_to_stop();
                        server.call_then(Ping{round}, [&, round](Result<int> answer) {
                            if (answer && *answer != round) ++wrong;
                        });
                        break;
                }
            }
        });
    }
    for (auto& user : users) user.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(answered, 0);
    EXPECT_EQ(server.call(Ping{1}).value_or(0), 1);
    EXPECT_TRUE(stages.shutdown(std::chrono::seconds(30)).has_value());
    EXPECT_EQ(stages.size(), 0u);
}

}  // namespace
}  // namespace quantum
