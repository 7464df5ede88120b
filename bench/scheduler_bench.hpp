#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantum/quantum.hpp"
#include "quantum/storage/noop_storage.hpp"

#include "figures.hpp"
#include "scheduler/default_parts.hpp"

namespace quantum {

[[noreturn]] inline void fail_with(const std::string& reason) {
    std::fprintf(stderr, "bench_scheduler: %s\n", reason.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) fail_with(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Where figures go that are for programs to read.
inline FigureFile* figure_file = nullptr;

inline void record(const std::string& name, const std::string& unit, double value) {
    if (figure_file == nullptr) return;
    const bool rate = unit == "M/s" || unit == "a second";
    figure_file->add(name, value, unit,
                     rate ? FigureFile::Better::higher : FigureFile::Better::lower);
}

/// One line: what was measured, what came out, what it is held to. Lines that are set in are
/// details.
inline void tell(const char* what, const char* unit, double value, const char* target, bool met) {
    std::printf("%-44s %12.*f %-10s target %-26s %s\n", what, value < 100 ? 2 : 0, value, unit,
                target, met ? "met" : "NOT MET");
    std::fflush(stdout);
    if (what[0] != ' ') record(what, unit, value);
}

/// A scheduler on real parts.
struct Bench {
    explicit Bench(std::size_t concurrency) {
        config.concurrency = concurrency;
        config.timeout = std::chrono::minutes(5);
        parts = must(scheduler::DefaultParts::make(config));
        scheduler = std::make_unique<Scheduler>(
            SchedulerParts{parts->clock(), parts->runtime(), storage, parts->runner()}, config);
        must(scheduler->start());
    }
    ~Bench() {
        static_cast<void>(scheduler->stop(std::chrono::seconds(0)));
        parts->stop();
        scheduler.reset();
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// Waits until the job, and with it all changed before it, is on the timeline.
    void settle(std::size_t number) const { settle(name_of(number)); }
    void settle(const std::string& name) const {
        while (!must(scheduler->job_status(name)).next_due) {
        }
    }

    static std::string name_of(std::size_t number) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "job-%017zu", number);
        return text.data();
    }

    SchedulerConfig config;
    NoopStorage storage;
    std::unique_ptr<scheduler::DefaultParts> parts;
    std::unique_ptr<Scheduler> scheduler;
};

inline double at_percent(const std::vector<double>& sorted, double percent) {
    return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * percent / 100)];
}

/// How late a job is beside a bare timer of the kernel: rounds of so long each.
void beside_a_bare_timer(Duration time, std::size_t rounds);

}  // namespace quantum
