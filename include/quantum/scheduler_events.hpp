#pragma once

#include <cstdint>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/stages/stage.hpp"

namespace quantum {

/// What happened, in the words of Quantum for Elixir where it has one.
enum class SchedulerEventKind : std::uint8_t {
    add,      ///< `job` is active from now on
    remove,   ///< `job` no longer is, under this definition
    execute,  ///< `execution` was stored as started, and handed on
    stop,     ///< `execution` is to end; only with an external executor
    gap,      ///< `missed` events are missing here, because the subscriber's buffer was full
};

[[nodiscard]] std::string_view to_string(SchedulerEventKind kind);

/// An event for whoever subscribes to `Scheduler::events`.
///
///     class Audit : public quantum::Consumer<quantum::SchedulerEvent> {
///         quantum::Reaction<> handle_events(std::vector<quantum::SchedulerEvent> events,
///                                           const quantum::Subscription&) override;
///     };
///     auto audit = stages.start<Audit>({.subscribe_to = {{*scheduler.events()}}});
struct SchedulerEvent {
    SchedulerEventKind kind = SchedulerEventKind::add;
    /// The definition concerned; null for a `gap`.
    JobRef job{};
    /// For `execute` and `stop`.
    Execution execution{};
    /// For `stop`: how it is to end.
    StopSignal signal = StopSignal::terminate;
    /// For `gap`.
    std::uint64_t missed = 0;
};

}  // namespace quantum
