#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantum/detail/stage/in_port.hpp"
#include "quantum/detail/stage/stages.hpp"
#include "quantum/stages/supervisor.hpp"

namespace quantum {

template <class Event>
struct ConsumerSupervisorOptions {
    std::string name = {};
    /// `max_demand` is the maximum number of concurrent children for events of a producer; when
    /// `max_demand - min_demand` of them have ended, that many more are requested.
    std::vector<SubscribeTo<Event>> subscribe_to{};
    /// Creates the child for an event: `[](StageSystem& s, const Order& o) { return
    /// child(s.prepare<Cook>({}, o)); }`. If it throws or the child does not start, this is logged
    /// and the event counts as done.
    std::function<ChildSpec(StageSystem&, const Event&)> make_child{};
    /// Temporary or transient; overrides the child's own options.
    Restart restart = Restart::temporary;
    std::size_t max_restarts = 3;
    Duration period = std::chrono::seconds(5);
};

namespace detail {

void log_child_lost(const StageCell& supervisor, std::string_view why);

template <class Event>
class ConsumerSupervisorCell final : public SupervisorCell, private InPortHost<Event> {
public:
    ConsumerSupervisorCell(StageSystem& system, ConsumerSupervisorOptions<Event> options)
        : SupervisorCell(
              system, {options.name, Strategy::one_for_one, options.max_restarts, options.period},
              {}),
          options_(std::move(options)),
          in_(*this, *this) {}

    [[nodiscard]] InPortBase* in_port() override { return &in_; }

protected:
    InitResult init_stage() override {
        if (options_.restart == Restart::permanent) {
            return InitResult::stop(StopReason::error("a child of an event cannot be permanent"));
        }
        if (!options_.make_child) return InitResult::stop(StopReason::error("no make_child"));
        InitResult result = SupervisorCell::init_stage();
        for (const SubscribeTo<Event>& to : options_.subscribe_to) {
            if (!to.producer) {
                return InitResult::stop(StopReason::error("subscribe_to names no producer"));
            }
            if (Status sound = to.options.check(); !sound) {
                return InitResult::stop(
                    StopReason::error("subscribe_to: " + std::move(sound).error().message));
            }
            in_.subscribe(to.producer.cell(), to.options);
        }
        return result;
    }
    void resume() override { in_.drain(); }
    void cancel_subscriptions(const StopReason& reason) override {
        in_.cancel_all(reason);
        in_.forget_actions();
        events_.clear();
        last_words_.reset();
    }
    void drop_leftovers() override {
        SupervisorCell::drop_leftovers();
        in_.clear();
    }
    void release_memory_now() override {}

    [[nodiscard]] bool forgets_children() const override { return true; }
    void on_child_gone(std::uint64_t child) override {
        const auto found = events_.find(child);
        if (found == events_.end()) return;
        const SubscriptionId subscription = found->second;
        events_.erase(found);
        in_.acknowledge(subscription, 1);
        if (last_words_ && !has_children()) on_stop_asked(*last_words_);
    }

private:
    DemandMode on_subscribed(const Subscription&) override { return DemandMode::automatic; }
    void on_events(std::vector<Event> events, const Subscription& producer) override {
        std::size_t lost = 0;
        for (const Event& event : events) {
            if (!start_for(event, producer.id)) ++lost;
        }
        if (lost > 0) in_.acknowledge(producer.id, lost);
    }
    void on_cancelled(const Subscription&, const CancelReason&) override {}
    [[nodiscard]] std::size_t allowance() const override {
        return std::numeric_limits<std::size_t>::max();
    }
    [[nodiscard]] bool acknowledges_later() const override { return true; }
    void stop_with(const StopReason& reason) override {
        if (reason.is_error() || !has_children()) {
            on_stop_asked(reason);
        } else {
            last_words_ = reason;  // applied once its children are done
        }
    }

    bool start_for(const Event& event, SubscriptionId subscription) {
        Status added;
        try {
            ChildSpec spec = options_.make_child(system(), event);
            spec.options.restart = options_.restart;
            added = add_child(std::move(spec));
        } catch (const std::exception& exception) {
            added = fail(ErrorCode::unavailable, exception.what());
        }
        if (!added) {
            log_child_lost(*this, added.error().message);
            return false;
        }
        if (!is_child(last_child())) return false;  // its init declined
        events_.emplace(last_child(), subscription);
        return true;
    }

    ConsumerSupervisorOptions<Event> options_;
    InPort<Event> in_;
    std::unordered_map<std::uint64_t, SubscriptionId> events_;  // by child
    std::optional<StopReason> last_words_;
};

}  // namespace detail

/// A consumer that starts a supervised child for each event.
///
/// Demand follows the children: it never has more than `max_demand` running per producer. If a
/// producer ends without an error and this stops the supervisor (see CancelMode), it first lets its
/// children finish.
template <class Event>
class ConsumerSupervisorRef : public SupervisorRef {
public:
    ConsumerSupervisorRef() = default;
    explicit ConsumerSupervisorRef(std::shared_ptr<detail::ConsumerSupervisorCell<Event>> cell)
        : SupervisorRef(std::move(cell)) {}
};

template <class Event>
ConsumerRef<Event>::ConsumerRef(const ConsumerSupervisorRef<Event>& supervisor)
    : StageHandle(supervisor.cell()) {}

/// Creates a consumer supervisor that does not run yet.
template <class Event>
[[nodiscard]] ConsumerSupervisorRef<Event> prepare_consumer_supervisor(
    StageSystem& system, ConsumerSupervisorOptions<Event> options) {
    return ConsumerSupervisorRef<Event>(
        std::make_shared<detail::ConsumerSupervisorCell<Event>>(system, std::move(options)));
}

/// Errors: those of StageSystem::start; `unavailable` for a permanent restart or without
/// `make_child`.
template <class Event>
[[nodiscard]] Result<ConsumerSupervisorRef<Event>> start_consumer_supervisor(
    StageSystem& system, ConsumerSupervisorOptions<Event> options) {
    auto supervisor = prepare_consumer_supervisor<Event>(system, std::move(options));
    if (Status started = detail::start_registered(system, supervisor.cell(),
                                                  typeid(ConsumerSupervisorRef<Event>));
        !started) {
        return tl::unexpected(std::move(started).error());
    }
    return supervisor;
}

}  // namespace quantum
