// A durable schedule in a program: run it, kill it with SIGKILL, run it again. Its functions are
// found again, and what was due while one of them was missing waits for it.
//
//     durable_functions DIRECTORY [late]
//
// It runs until the end of its standard input. With `late`, it gives the function of "report" only
// once a line has been entered.
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include <quantum/quantum.hpp>
#include <quantum/storage/sqlite.hpp>

namespace {

int failed(const quantum::Error& error) {
    std::cerr << error.message << '\n';
    return 1;
}

void say(const std::string& line) { std::cout << line + "\n" << std::flush; }

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::cerr << "usage: durable_functions DIRECTORY [late]\n", 2;
    const bool late = argc > 2;
    auto storage = quantum::SqliteStorage::open(argv[1]);
    if (!storage) return failed(storage.error());

    const quantum::JobSpec report{
        .name = "report", .schedule = "@every 1s", .task = [] { say("report"); }};

    quantum::SchedulerConfig config;
    config.storage = *std::move(storage);
    config.debug_logging = false;
    // The handler of jobs that say themselves what is to be mailed; these are stored whole.
    config.handlers["mail"] = [](quantum::ExecutionContext&, std::string_view to) {
        say("mail to " + std::string(to));
    };
    // The first time these are the jobs. Later they give the stored jobs their functions.
    config.jobs = {
        quantum::JobSpec{.name = "tick", .schedule = "@every 1s", .task = [] { say("tick"); }},
        quantum::JobSpec{.name = "mail ops",
                         .schedule = "@every 1s",
                         .task = quantum::HandlerCall{"mail", "ops"}}};
    if (!late) config.jobs.emplace_back(report);

    quantum::Scheduler scheduler(std::move(config));
    auto started = scheduler.start();
    if (!started) return failed(started.error());
    for (const std::string& job : started->unbound) say("waits for its function: " + job);
    if (started->unbound.empty()) say("every function is there");

    std::string line;
    if (late && std::getline(std::cin, line)) {
        if (auto added = scheduler.add_job(report); !added) return failed(added.error());
        say("given: report");
    }
    while (std::getline(std::cin, line)) continue;
    auto stopped = scheduler.stop();
    if (!stopped) return failed(stopped.error());
    say("stopped");
}
