// How many events a second pass producer -> producer_consumer -> consumer, beside a bare queue and
// a bare asio::post, and what a batch costs; what a call, an idle stage, a start and a stop cost.
#include "quantum/stages/stage.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <malloc.h>

#include "quantum/stages/stage_threads.hpp"

namespace {

std::atomic<bool> counts_allocations{false};
std::atomic<std::uint64_t> allocations{0};

}  // namespace

// Inlined apart from each other the two look like a mismatch to the compiler.
[[gnu::noinline]] void* operator new(std::size_t size) {
    if (counts_allocations.load(std::memory_order_relaxed)) {
        allocations.fetch_add(1, std::memory_order_relaxed);
    }
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace quantum {
namespace {

constexpr std::uint64_t events_per_run = 1'000'000;

struct Ping {
    using Reply = std::uint64_t;
};
struct Finished {
    using Reply = std::uint64_t;
};

class Numbers final : public Producer<std::uint64_t> {
public:
    explicit Numbers(std::uint64_t limit) : limit_(limit) {}
    Reaction<std::uint64_t> handle_demand(std::size_t count) override {
        std::vector<std::uint64_t> events(
            static_cast<std::size_t>(std::min<std::uint64_t>(count, limit_ - next_)));
        std::iota(events.begin(), events.end(), next_);
        next_ += events.size();
        return emit(std::move(events));
    }

private:
    std::uint64_t limit_;
    std::uint64_t next_ = 0;
};

class Doubler final : public ProducerConsumer<std::uint64_t, std::uint64_t> {
public:
    Reaction<std::uint64_t> handle_events(std::vector<std::uint64_t> events,
                                          const Subscription&) override {
        for (std::uint64_t& event : events) event *= 2;
        return emit(std::move(events));
    }
};

class Sum final : public Consumer<std::uint64_t> {
public:
    explicit Sum(std::uint64_t until) : until_(until) {}
    Reaction<> handle_events(std::vector<std::uint64_t> events, const Subscription&) override {
        sum_ = std::accumulate(events.begin(), events.end(), sum_);
        count_ += events.size();
        if (count_ == until_ && waiting_) waiting_->reply(sum_);
        return none();
    }
    Reaction<> handle_call(Finished, From<std::uint64_t> from) {
        if (count_ == until_) {
            from.reply(sum_);
        } else {
            waiting_ = std::move(from);
        }
        return none();
    }
    Reaction<> handle_call(Ping, From<std::uint64_t> from) {
        from.reply(count_);
        return none();
    }

private:
    std::uint64_t until_;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::optional<From<std::uint64_t>> waiting_;
};

/// Demand so that every batch has `batch` events and at least 1000 are under way.
SubscriptionOptions<std::uint64_t> in_batches_of(std::size_t batch) {
    const std::size_t max = std::max<std::size_t>(1000, 2 * batch);
    return {.max_demand = max, .min_demand = max - batch};
}

/// Passes a million events through three stages. `over` is called when the last one has come, and
/// the stages still stand.
template <class Over>
void pass_all(benchmark::State& state, StageSystem& stages, std::size_t batch, const Over& over) {
    const auto numbers = stages.prepare<Numbers>({}, events_per_run);
    const auto doubler =
        stages.prepare<Doubler>({.subscribe_to = {{numbers, in_batches_of(batch)}}});
    const auto sum =
        stages.prepare<Sum>({.subscribe_to = {{doubler, in_batches_of(batch)}}}, events_per_run);
    for (const bool started : {stages.start(sum).has_value(), stages.start(doubler).has_value(),
                               stages.start(numbers).has_value()}) {
        if (!started) state.SkipWithError("a stage did not start");
    }
    const auto total = sum.call(Finished{}, std::chrono::minutes(5));
    if (total != Result<std::uint64_t>(events_per_run * (events_per_run - 1))) {
        state.SkipWithError("events were lost or doubled");
    }
    over();
    static_cast<void>(numbers.stop());
    static_cast<void>(sum.wait(std::chrono::seconds(5)));
}

void pipeline(benchmark::State& state) {
    const auto threads = StageThreads::start(static_cast<std::size_t>(state.range(1))).value();
    StageSystem stages(threads->runtime(), threads->clock());
    for (auto _ : state) {
        pass_all(state, stages, static_cast<std::size_t>(state.range(0)),
                 [&] { state.PauseTiming(); });
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_per_run));
}
BENCHMARK(pipeline)
    ->ArgNames({"batch", "threads"})
    ->ArgsProduct({{1, 50, 1000}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Counts the turns that are asked for: each takes Asio's lock once to queue and once to run.
class CountingRuntime final : public Runtime {
public:
    explicit CountingRuntime(Runtime& inner) : inner_(inner) {}
    void post(std::shared_ptr<Runnable> work) override {
        posts.fetch_add(1, std::memory_order_relaxed);
        inner_.post(std::move(work));
    }
    [[nodiscard]] Waiting waiting() const override { return inner_.waiting(); }

    std::atomic<std::uint64_t> posts{0};

private:
    Runtime& inner_;
};

/// Of one batch on its way through all three stages. Not a matter of time: one thread, one run.
void pipeline_cost(benchmark::State& state) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    const auto threads = StageThreads::start(1).value();
    CountingRuntime runtime(threads->runtime());
    StageSystem stages(runtime, threads->clock());
    for (auto _ : state) {
        allocations = 0;
        counts_allocations = true;
        pass_all(state, stages, batch, [] { counts_allocations = false; });
    }
    const double batches = static_cast<double>(events_per_run) / static_cast<double>(batch);
    state.counters["allocations_a_batch"] = static_cast<double>(allocations.load()) / batches;
    state.counters["posts_a_batch"] = static_cast<double>(runtime.posts.load()) / batches;
}
BENCHMARK(pipeline_cost)->ArgName("batch")->Arg(1)->Arg(50)->Arg(1000)->Iterations(1);

/// The same two hand-overs through queues with a mutex, three threads, unbounded.
class BareQueue {
public:
    void push(std::vector<std::uint64_t> batch) {
        {
            const std::scoped_lock lock(mutex_);
            batches_.push_back(std::move(batch));
        }
        filled_.notify_one();
    }
    std::vector<std::uint64_t> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !batches_.empty(); });
        std::vector<std::uint64_t> batch = std::move(batches_.front());
        batches_.pop_front();
        return batch;
    }

private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<std::vector<std::uint64_t>> batches_;
};

void mutex_queue(benchmark::State& state) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        BareQueue first;
        BareQueue second;
        std::thread producer([&] {
            for (std::uint64_t sent = 0; sent < events_per_run; sent += batch) {
                std::vector<std::uint64_t> events(batch);
                std::iota(events.begin(), events.end(), sent);
                first.push(std::move(events));
            }
        });
        std::thread doubler([&] {
            for (std::uint64_t passed = 0; passed < events_per_run; passed += batch) {
                auto events = first.pop();
                for (std::uint64_t& event : events) event *= 2;
                second.push(std::move(events));
            }
        });
        std::uint64_t sum = 0;
        for (std::uint64_t got = 0; got < events_per_run; got += batch) {
            const auto events = second.pop();
            sum = std::accumulate(events.begin(), events.end(), sum);
        }
        benchmark::DoNotOptimize(sum);
        producer.join();
        doubler.join();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_per_run));
}
BENCHMARK(mutex_queue)
    ->ArgName("batch")
    ->Arg(1)
    ->Arg(50)
    ->Arg(1000)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The same two hand-overs as posted functions, one thread, no demand.
void asio_post(benchmark::State& state) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        boost::asio::io_context context;
        std::uint64_t sum = 0;
        std::uint64_t sent = 0;
        std::function<void()> produce = [&] {
            std::vector<std::uint64_t> made(batch);
            std::iota(made.begin(), made.end(), sent);
            sent += batch;
            boost::asio::post(context, [&, events = std::move(made)]() mutable {
                for (std::uint64_t& event : events) event *= 2;
                boost::asio::post(context, [&, events = std::move(events)] {
                    sum = std::accumulate(events.begin(), events.end(), sum);
                });
            });
            if (sent < events_per_run) boost::asio::post(context, std::ref(produce));
        };
        boost::asio::post(context, std::ref(produce));
        context.run();
        benchmark::DoNotOptimize(sum);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_per_run));
}
BENCHMARK(asio_post)->ArgName("batch")->Arg(1)->Arg(50)->Arg(1000)->UseRealTime()->Unit(
    benchmark::kMillisecond);

void call_round_trip(benchmark::State& state) {
    const auto threads = StageThreads::start(1).value();
    StageSystem stages(threads->runtime(), threads->clock());
    const auto sum = stages.start<Sum>({}, std::uint64_t{1}).value();
    for (auto _ : state) benchmark::DoNotOptimize(sum.call(Ping{}));
}
BENCHMARK(call_round_trip)->UseRealTime();

std::size_t bytes_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void start_and_stop(benchmark::State& state) {
    constexpr std::size_t count = 100'000;
    const auto threads = StageThreads::start(1).value();
    double bytes_each = 0;
    for (auto _ : state) {
        StageSystem stages(threads->runtime(), threads->clock());
        const std::size_t before = bytes_in_use();
        for (std::size_t i = 0; i < count; ++i) {
            if (!stages.start<Sum>({}, std::uint64_t{1})) state.SkipWithError("no start");
        }
        bytes_each = static_cast<double>(bytes_in_use() - before) / count;
        if (!stages.shutdown(std::chrono::minutes(1))) state.SkipWithError("no stop");
    }
    state.counters["idle_bytes"] = bytes_each;
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(start_and_stop)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace quantum

BENCHMARK_MAIN();
