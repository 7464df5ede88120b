#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/quantum.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage.hpp"

#include "support/world.hpp"

namespace quantum::test {

/// "add report", "execute report 12:00:00", "gap 3" …
inline std::string line_of(const SchedulerEvent& event) {
    std::string line(to_string(event.kind));
    if (event.job) line += " " + event.job->name();
    if (event.kind == SchedulerEventKind::execute || event.kind == SchedulerEventKind::stop) {
        line += " " + spaced(event.execution.due).substr(11);
    }
    if (event.execution.attempt > 1) line += " attempt " + std::to_string(event.execution.attempt);
    if (event.kind == SchedulerEventKind::gap) line += " " + std::to_string(event.missed);
    return line;
}
inline std::string line_of(const Execution& execution) {
    std::string line = execution.job->name() + " " + spaced(execution.due).substr(11);
    if (execution.attempt > 1) line += " attempt " + std::to_string(execution.attempt);
    return line;
}

/// A consumer that keeps what it is sent.
template <class Event>
class Subscriber final : public Consumer<Event> {
public:
    struct Journal {
        std::vector<Event> events;
        std::vector<std::string> ends;  ///< of its subscriptions
        std::vector<Subscription> subscriptions;
        DemandMode mode = DemandMode::automatic;
        /// Subscribes again when a subscription ends.
        std::function<ProducerRef<Event>()> comes_back;
        std::function<void(const Event&)> on_event;

        [[nodiscard]] std::vector<std::string> lines() const {
            std::vector<std::string> found;
            for (const Event& event : events) found.push_back(line_of(event));
            return found;
        }
        [[nodiscard]] std::vector<std::string> take_lines() {
            std::vector<std::string> found = lines();
            events.clear();
            return found;
        }
    };
    struct Ask {
        std::size_t count;
    };
    struct Throw {};

    Subscriber(std::shared_ptr<Journal> journal, SubscriptionOptions<Event> options)
        : journal_(std::move(journal)), options_(std::move(options)) {}

    DemandMode handle_subscribed(const Subscription& producer) override {
        journal_->subscriptions.push_back(producer);
        return journal_->mode;
    }
    Reaction<> handle_events(std::vector<Event> events, const Subscription&) override {
        for (Event& event : events) {
            if (journal_->on_event) journal_->on_event(event);
            journal_->events.push_back(std::move(event));
        }
        return this->none();
    }
    Reaction<> handle_cancelled(const Subscription&, const CancelReason& reason) override {
        journal_->ends.push_back(reason.reason.to_string());
        if (journal_->comes_back) this->subscribe(journal_->comes_back(), options_);
        return this->none();
    }
    Reaction<> handle_cast(Ask wanted) {
        this->ask(journal_->subscriptions.back(), wanted.count);
        return this->none();
    }
    Reaction<> handle_cast(Throw) { throw std::runtime_error("out of paper"); }

private:
    std::shared_ptr<Journal> journal_;
    SubscriptionOptions<Event> options_;
};

/// A subscriber and what it has got.
template <class Event>
struct Subscribed {
    std::shared_ptr<typename Subscriber<Event>::Journal> journal =
        std::make_shared<typename Subscriber<Event>::Journal>();
    StageRef<Subscriber<Event>> stage;

    void ask(std::size_t count) const { stage.cast(typename Subscriber<Event>::Ask{count}); }
    void crash() const { stage.cast(typename Subscriber<Event>::Throw{}); }
    [[nodiscard]] std::vector<std::string> lines() const { return journal->lines(); }
    [[nodiscard]] std::vector<std::string> take_lines() const { return journal->take_lines(); }
};

/// A simulated scheduler, and a stage system of its subscribers' own.
struct SubscribedWorld {
    explicit SubscribedWorld(WorldOptions options = {}) : world(std::move(options)) {}

    using EventOptions = SubscriptionOptions<SchedulerEvent>;
    using Options = SubscriptionOptions<Execution>;

    World world;
    StageSystem stages{world.runtime, world.clock};

    /// Subscribes a stage that has not got anything yet: `Subscribed::journal` may be prepared.
    template <class Event>
    void subscribe(Subscribed<Event>& made, const Result<ProducerRef<Event>>& to,
                   SubscriptionOptions<Event> options) {
        ASSERT_TRUE(to) << to.error().message;
        options.cancel = CancelMode::temporary;
        made.stage = *stages.start<Subscriber<Event>>({.subscribe_to = {{*to, options}}},
                                                      made.journal, options);
        world.settle();
    }
    Subscribed<SchedulerEvent> listen(EventOptions options = {},
                                      DemandMode mode = DemandMode::automatic) {
        Subscribed<SchedulerEvent> made;
        made.journal->mode = mode;
        subscribe(made, world.scheduler->events(), std::move(options));
        return made;
    }
    Subscribed<Execution> work(Options options = {}, DemandMode mode = DemandMode::automatic,
                               std::function<void(const Execution&)> on_event = {}) {
        Subscribed<Execution> made;
        made.journal->mode = mode;
        made.journal->on_event = std::move(on_event);
        subscribe(made, world.scheduler->executions(), std::move(options));
        return made;
    }

    /// Whether a runnable is a stage whose name ends so.
    static bool is_stage(const Runnable& runnable, std::string_view ending) {
        const auto* const cell = dynamic_cast<const detail::StageCell*>(&runnable);
        return cell != nullptr && cell->name().ends_with(ending);
    }
};

}  // namespace quantum::test
