#pragma once

#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/stages/stage.hpp"
#include "quantum/testing/simulated_runtime.hpp"

#include "stage/manual_clock.hpp"

namespace quantum {

using namespace std::chrono_literals;

/// Emits 0, 1, 2 … as asked; keeps what it was asked for.
class Counter : public Producer<int> {
public:
    struct Journal {
        std::vector<std::size_t> demands;
        std::vector<std::string> notes;
    };
    explicit Counter(std::shared_ptr<Journal> journal = std::make_shared<Journal>())
        : journal_(std::move(journal)) {}

    Reaction<int> handle_demand(std::size_t count) override {
        journal_->demands.push_back(count);
        std::vector<int> events(count);
        std::iota(events.begin(), events.end(), next_);
        next_ += static_cast<int>(count);
        return emit(std::move(events));
    }
    Reaction<int> handle_subscribe(const Subscription&) override {
        journal_->notes.emplace_back("subscribe");
        return none();
    }
    Reaction<int> handle_cancel(const Subscription&, const CancelReason& reason) override {
        journal_->notes.push_back(std::string(reason.down ? "down " : "cancel ") +
                                  reason.reason.to_string());
        return none();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("terminate " + reason.to_string());
    }

private:
    std::shared_ptr<Journal> journal_;
    int next_ = 0;
};

/// Emits what it is told to, whatever the demand; keeps what it was asked for.
template <class Event = int>
class Pusher : public Producer<Event> {
public:
    struct Journal {
        std::vector<std::size_t> demands;
        std::vector<std::string> notes;
        std::vector<Event> discarded;
        bool log_discarded = true;
    };
    explicit Pusher(std::shared_ptr<Journal> journal = std::make_shared<Journal>())
        : journal_(std::move(journal)) {}

    Reaction<Event> handle_demand(std::size_t count) override {
        journal_->demands.push_back(count);
        return this->none();
    }
    Reaction<Event> handle_cast(std::vector<Event> events) { return this->emit(std::move(events)); }
    Reaction<Event> handle_cast(StopReason reason) { return this->stop(std::move(reason)); }
    Reaction<Event> handle_info(std::string note) {
        journal_->notes.push_back(std::move(note));
        return this->none();
    }
    bool handle_discarded(std::span<Event> events) override {
        journal_->discarded.insert(journal_->discarded.end(), events.begin(), events.end());
        return journal_->log_discarded;
    }
    Reaction<Event> handle_cancel(const Subscription&, const CancelReason& reason) override {
        journal_->notes.push_back(std::string(reason.down ? "down " : "cancel ") +
                                  reason.reason.to_string());
        return this->none();
    }

private:
    std::shared_ptr<Journal> journal_;
};

/// Keeps every batch it gets.
template <class Event = int>
class Recorder : public Consumer<Event> {
public:
    struct Journal {
        std::vector<std::vector<Event>> batches;
        std::vector<std::string> notes;
        std::vector<Subscription> subscriptions;
        DemandMode mode = DemandMode::automatic;
        std::function<Reaction<>(const std::vector<Event>&)> on_events;

        [[nodiscard]] std::vector<Event> events() const {
            std::vector<Event> out;
            for (const auto& batch : batches) out.insert(out.end(), batch.begin(), batch.end());
            return out;
        }
    };
    struct Ask {
        std::size_t count;
        std::size_t subscription = 0;
    };

    explicit Recorder(std::shared_ptr<Journal> journal = std::make_shared<Journal>())
        : journal_(std::move(journal)) {}

    DemandMode handle_subscribed(const Subscription& producer) override {
        journal_->subscriptions.push_back(producer);
        return journal_->mode;
    }
    Reaction<> handle_events(std::vector<Event> events, const Subscription&) override {
        journal_->batches.push_back(std::move(events));
        if (journal_->on_events) return journal_->on_events(journal_->batches.back());
        return this->none();
    }
    Reaction<> handle_cancelled(const Subscription&, const CancelReason& reason) override {
        journal_->notes.push_back(std::string(reason.down ? "down " : "cancel ") +
                                  reason.reason.to_string());
        return this->none();
    }
    Reaction<> handle_cast(Ask wanted) {
        this->ask(journal_->subscriptions.at(wanted.subscription), wanted.count);
        return this->none();
    }
    Reaction<> handle_info(std::string note) {
        journal_->notes.push_back(std::move(note));
        return this->none();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("terminate " + reason.to_string());
    }

private:
    std::shared_ptr<Journal> journal_;
};

/// Passes each event on as often as told.
template <class Event = int>
class Repeater : public ProducerConsumer<Event, Event> {
public:
    struct Journal {
        std::vector<std::vector<Event>> batches;
        std::vector<std::string> notes;
    };
    explicit Repeater(std::size_t times = 1,
                      std::shared_ptr<Journal> journal = std::make_shared<Journal>())
        : times_(times), journal_(std::move(journal)) {}

    Reaction<Event> handle_events(std::vector<Event> events, const Subscription&) override {
        journal_->batches.push_back(events);
        std::vector<Event> out;
        for (const Event& event : events) out.insert(out.end(), times_, event);
        return this->emit(std::move(out));
    }
    Reaction<Event> handle_info(std::string note) {
        journal_->notes.push_back(std::move(note));
        return this->none();
    }
    void terminate(const StopReason& reason) override {
        journal_->notes.push_back("terminate " + reason.to_string());
    }

private:
    std::size_t times_;
    std::shared_ptr<Journal> journal_;
};

[[nodiscard]] inline std::vector<int> numbers(int from, int until) {
    std::vector<int> out(static_cast<std::size_t>(until - from));
    std::iota(out.begin(), out.end(), from);
    return out;
}

/// A stage system of one thread whose order of messages is drawn from a seed.
struct StageTest : testing::Test {
    ManualClock clock;
    SimulatedRuntime runtime{20240229};
    std::vector<std::string> log;
    StageSystem stages{
        runtime, clock,
        [this](LogLevel, std::string_view message, std::span<const LogField> fields) {
            std::string line(message);
            for (const LogField& field : fields) {
                line += " ";
                line += field.key;
                line += "=";
                line += field.value;
            }
            log.push_back(std::move(line));
        }};

    template <class S, class... Args>
    StageRef<S> start(typename S::Options options = {}, Args&&... args) {
        auto started = stages.start<S>(std::move(options), std::forward<Args>(args)...);
        EXPECT_TRUE(started.has_value()) << started.error().message;
        return started.value();
    }
    void settle() { runtime.run_until_idle(1'000'000); }
};

}  // namespace quantum
