// Jobs that come and go while the scheduler runs, in the zones of their owners.
#include <chrono>
#include <iostream>
#include <semaphore>

#include <quantum/quantum.hpp>

using namespace std::chrono_literals;

int main() {
    std::counting_semaphore<> runs{0};
    quantum::SchedulerConfig config;
    config.defaults.zone = "Europe/Zurich";
    config.tag_concurrency["database"] = 1;
    quantum::Scheduler scheduler(config);
    if (auto started = scheduler.start(); !started) {
        return std::cerr << started.error().message << '\n', 1;
    }

    auto report =
        scheduler.add_job({.name = "report",
                           .schedule = "30 2 * * *",
                           .task =
                               [&](quantum::ExecutionContext& context) {
                                   context.log("attempt " + std::to_string(context.attempt()));
                                   if (context.attempt() == 1) {
                                       throw std::runtime_error("no answer");
                                   }
                                   runs.release();
                                   return "42 rows";
                               },
                           .retries = 3,
                           .backoff = quantum::Backoff::fixed(100ms),
                           .timeout = 10min,
                           .tags = {"database"}});
    if (!report) return std::cerr << report.error().message << '\n', 1;

    // The same job in another zone, put together step by step.
    quantum::Job tokyo = scheduler.new_job();
    if (!tokyo.set_name("report tokyo") || !tokyo.set_schedule("30 2 * * *") ||
        !tokyo.set_zone("Asia/Tokyo") || !tokyo.set_task([] {})) {
        return 1;
    }
    if (!scheduler.add_job(tokyo)) return 1;

    // A mistake is an answer, not an exception.
    const auto wrong = scheduler.add_job(
        {.name = "typo", .schedule = "0 3 * * *", .task = [] {}, .zone = "Europe/Zurick"});
    std::cout << wrong.error().message << '\n';

    static_cast<void>(scheduler.attach([](const quantum::TelemetryEvent& event) {
        if (event.kind == quantum::TelemetryKind::job_output) std::cout << event.text << '\n';
        if (event.kind == quantum::TelemetryKind::job_exception) {
            std::cout << "failed: " << event.outcome->reason << '\n';
        }
        if (event.kind == quantum::TelemetryKind::job_stop) {
            std::cout << "result: " << event.outcome->result << '\n';
        }
    }));
    if (!scheduler.trigger("report", {.key = "example"})) return 1;
    runs.acquire();

    if (!scheduler.pause_job("report", {.note = "month end"})) return 1;
    std::cout << (*scheduler.find_job("report"))->pause()->note << '\n';
    if (!scheduler.resume_job("report")) return 1;
    if (!scheduler.delete_job("report tokyo")) return 1;
    std::cout << scheduler.jobs()->size() << " job\n";
    if (!scheduler.stop()) return 1;
}
