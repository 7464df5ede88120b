#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/reason.hpp"

namespace quantum {

/// The event type of a stage without events on that side. It has no values.
struct NoEvents {
    NoEvents() = delete;
};

/// What a handler returns: events to send downstream before continuing, or a reason to stop.
///
/// Created by the helpers that a stage inherits:
///
///     return none();
///     return emit(std::move(events));
///     return emit(std::move(events)).timeout(5s);   // handle_timeout if no message comes in 5 s
///     return none().hibernate();                    // give memory back until the next message
///     return stop(StopReason::normal());
///
/// A stage that only consumes uses `Reaction<>`, which cannot carry events: returning any does not
/// compile.
template <class Out = NoEvents>
class [[nodiscard]] Reaction {
public:
    Reaction() = default;
    explicit Reaction(std::vector<Out> events) : events_(std::move(events)) {}
    explicit Reaction(StopReason reason) : stop_(std::move(reason)) {}

    /// If no message arrives within `delay`, `handle_timeout` is called. Duration::max(): never.
    Reaction&& timeout(Duration delay) && {
        timeout_ = delay;
        return std::move(*this);
    }

    /// Releases as much memory as possible until the next message arrives.
    Reaction&& hibernate() && {
        hibernate_ = true;
        return std::move(*this);
    }

    [[nodiscard]] std::vector<Out>& events() { return events_; }
    [[nodiscard]] const std::optional<StopReason>& stop_reason() const { return stop_; }
    [[nodiscard]] const std::optional<Duration>& timeout_after() const { return timeout_; }
    [[nodiscard]] bool hibernates() const { return hibernate_; }

private:
    std::vector<Out> events_;
    std::optional<StopReason> stop_;
    std::optional<Duration> timeout_;
    bool hibernate_ = false;
};

/// The same for stages without consumers: no events.
template <>
class [[nodiscard]] Reaction<NoEvents> {
public:
    Reaction() = default;
    explicit Reaction(StopReason reason) : stop_(std::move(reason)) {}

    Reaction&& timeout(Duration delay) && {
        timeout_ = delay;
        return std::move(*this);
    }
    Reaction&& hibernate() && {
        hibernate_ = true;
        return std::move(*this);
    }

    [[nodiscard]] const std::optional<StopReason>& stop_reason() const { return stop_; }
    [[nodiscard]] const std::optional<Duration>& timeout_after() const { return timeout_; }
    [[nodiscard]] bool hibernates() const { return hibernate_; }

private:
    std::optional<StopReason> stop_;
    std::optional<Duration> timeout_;
    bool hibernate_ = false;
};

/// What `init` returns.
class [[nodiscard]] InitResult {
public:
    enum class Kind { started, ignored, stopped };

    [[nodiscard]] static InitResult started() { return {Kind::started, {}}; }
    /// The stage does not start, which is not an error: a supervisor continues without it.
    [[nodiscard]] static InitResult ignore() { return {Kind::ignored, {}}; }
    [[nodiscard]] static InitResult stop(StopReason reason) {
        return {Kind::stopped, std::move(reason)};
    }

    /// Like Reaction::timeout: waits for the first message.
    InitResult&& timeout(Duration delay) && {
        timeout_ = delay;
        return std::move(*this);
    }
    InitResult&& hibernate() && {
        hibernate_ = true;
        return std::move(*this);
    }

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] const StopReason& reason() const { return reason_; }
    [[nodiscard]] const std::optional<Duration>& timeout_after() const { return timeout_; }
    [[nodiscard]] bool hibernates() const { return hibernate_; }

private:
    InitResult(Kind kind, StopReason reason) : kind_(kind), reason_(std::move(reason)) {}
    Kind kind_;
    StopReason reason_;
    std::optional<Duration> timeout_;
    bool hibernate_ = false;
};

}  // namespace quantum
