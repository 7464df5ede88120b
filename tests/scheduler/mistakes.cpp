// What an embedder writes by mistake, one a line, and what the compiler must say of it: mistakes.sh
// compiles this and counts the compiler's lines.
#include <optional>

#include "quantum/cron.hpp"
#include "quantum/quantum.hpp"

using namespace std::chrono_literals;
using quantum::Scheduler;
using quantum::literals::operator""_cron;

void use(const quantum::Result<std::string>& added);

void nothing_is_wrong(Scheduler& scheduler, int& counter) {
    use(scheduler.add_job({.name = "a", .schedule = "0 3 * * *"_cron, .task = [] {}}));
    use(scheduler.add_job({.task = [&] { ++counter; }, .zone = "UTC", .timeout = 30s}));
    use(scheduler.add_job({.task = [counter] { return counter; }, .jitter = 1min}));
    use(scheduler.add_job({.task = [](const quantum::Execution&) { return quantum::Status(); }}));
    use(scheduler.add_job({.task = [](quantum::ExecutionContext& context) { context.log("42"); }}));
    use(scheduler.add_job({.task = {}, .grace = std::optional<quantum::Duration>(1h)}));
    use(scheduler.add_job(scheduler.new_job()));
}

#ifdef QUANTUM_TEST_MISTAKES
void misspelt(Scheduler& scheduler) {
    use(scheduler.add_job({.name = "a", .schedul = "0 3 * * *", .task = [] {}}));  // says: schedul
}
void unknown(Scheduler& scheduler) {
    use(scheduler.add_job({.name = "a", .cron = "0 3 * * *", .task = [] {}}));  // says: cron
}
void seconds_as_an_int(Scheduler& scheduler) {
    use(scheduler.add_job({.task = [] {}, .timeout = 30}));  // says: duration.*30s
}
void seconds_as_a_variable(Scheduler& scheduler, double seconds) {
    use(scheduler.add_job({.task = [] {}, .jitter = seconds}));  // says: duration.*30s
}
void seconds_as_a_text(Scheduler& scheduler) {
    use(scheduler.add_job({.task = [] {}, .grace = "30s"}));  // says: duration.*30s
}
void another_signature(Scheduler& scheduler) {
    use(scheduler.add_job({.name = "a", .task = [](int) {}}));  // says: task takes nothing
}
void no_callable(Scheduler& scheduler) {
    use(scheduler.add_job({.name = "a", .task = "run.sh"}));  // says: task takes nothing
}
void returns_bool(Scheduler& scheduler) {
    use(scheduler.add_job({.task = [] { return true; }}));  // says: bool.*return Status
}
void returns_an_optional(Scheduler& scheduler) {
    use(scheduler.add_job({.task = [] { return std::optional(1); }}));  // says: bool.*return Status
}
void an_interval_as_a_schedule(Scheduler& scheduler) {
    use(scheduler.add_job({.schedule = 5min, .task = [] {}}));  // says: schedule is a text
}
#endif
