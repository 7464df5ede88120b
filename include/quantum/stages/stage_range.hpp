#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "quantum/stages/stage.hpp"

namespace quantum {

/// A producer that reads its events from a function until there are no more, sends what is left and
/// stops with a normal reason.
template <class Event>
class Source : public Producer<Event> {
public:
    using Next = std::function<std::optional<Event>()>;

    /// `next` runs on the stage's turns. A restarted source continues with the same function.
    explicit Source(Next next) : next_(std::move(next)) {}

    Reaction<Event> handle_demand(std::size_t count) override {
        std::vector<Event> events;
        for (; count > 0 && !done_; --count) {
            std::optional<Event> event = next_();
            if (event) {
                events.push_back(*std::move(event));
            } else {
                done_ = true;
                this->self(*this).async_info(Done{});  // after these events
            }
        }
        return this->emit(std::move(events));
    }

    struct Done {};
    Reaction<Event> handle_info(Done) { return this->stop(StopReason::normal()); }

private:
    Next next_;
    bool done_ = false;
};

/// Starts a source of a range's elements. The range is copied or moved; it is traversed once, and
/// the position in it survives a restart.
template <class Range, class Event = std::decay_t<decltype(*std::begin(std::declval<Range&>()))>>
[[nodiscard]] Result<StageRef<Source<Event>>> start_source(StageSystem& system, Range range,
                                                           ProducerOptions<Event> options = {}) {
    struct Walk {
        explicit Walk(Range&& r) : elements(std::move(r)), at(std::begin(elements)) {}
        Range elements;
        decltype(std::begin(std::declval<Range&>())) at;
    };
    auto walk = std::make_shared<Walk>(std::move(range));
    typename Source<Event>::Next next = [walk]() -> std::optional<Event> {
        if (walk->at == std::end(walk->elements)) return std::nullopt;
        return *walk->at++;
    };
    return system.start<Source<Event>>(std::move(options), std::move(next));
}

namespace detail {

/// The stage behind an EventStream: keeps events until they are fetched.
template <class Event>
class Collector final : public Consumer<Event> {
public:
    struct Fetch {
        using Reply = std::vector<Event>;  // empty: there will be no more
    };

    InitResult init(ConsumerOptions<Event>& options) override {
        for (SubscribeTo<Event>& to : options.subscribe_to) {
            to.options.cancel = CancelMode::temporary;
            max_ = std::max(max_, to.options.max_demand);
            ++open_;
        }
        return InitResult::started();
    }
    DemandMode handle_subscribed(const Subscription& producer) override {
        this->ask(producer, max_);
        return DemandMode::manual;
    }
    Reaction<> handle_events(std::vector<Event> events, const Subscription& producer) override {
        owed_.emplace_back(producer, events.size());
        if (events_.empty()) {
            events_ = std::move(events);
        } else {
            events_.insert(events_.end(), std::make_move_iterator(events.begin()),
                           std::make_move_iterator(events.end()));
        }
        answer();
        return this->none();
    }
    Reaction<> handle_cancelled(const Subscription&, const CancelReason& reason) override {
        --open_;
        if (reason.reason.is_error() && !failure_) failure_ = reason.reason;
        answer();
        return this->none();
    }
    Reaction<> handle_call(Fetch, From<std::vector<Event>> from) {
        waiting_ = std::move(from);
        answer();
        return this->none();
    }

private:
    void answer() {
        if (!waiting_ || (events_.empty() && open_ > 0)) return;
        if (events_.empty() && failure_) {
            std::exchange(waiting_, std::nullopt)
                ->fail({ErrorCode::unavailable, "a producer ended: " + failure_->to_string()});
            return;
        }
        std::exchange(waiting_, std::nullopt)->reply(std::exchange(events_, {}));
        for (const auto& [producer, count] : std::exchange(owed_, {})) {
            this->ask(producer, count);
        }
    }

    std::vector<Event> events_;
    std::vector<std::pair<Subscription, std::size_t>> owed_;
    std::optional<From<std::vector<Event>>> waiting_;
    std::optional<StopReason> failure_;  // of the first producer that failed
    std::size_t open_ = 0;
    std::size_t max_ = 1;
};

}  // namespace detail

/// The events of some producers as a range: the end of a pipeline in a plain loop.
///
///     auto stream = stream_of<int>(stages, {{numbers, {.max_demand = 100}}});
///     for (int number : *stream) sum += number;
///
/// It ends when every producer has ended or cancelled; `error` then reports one that failed. At
/// most `max_demand` events wait in it. Single pass. Thread-safety: for use by one thread, which
/// must be allowed to block (see StageRef::call).
template <class Event>
class EventStream {
    using Collector = detail::Collector<Event>;

public:
    explicit EventStream(StageRef<Collector> stage) : stage_(std::move(stage)) {}
    EventStream(EventStream&&) noexcept = default;
    EventStream& operator=(EventStream&&) = delete;
    /// Events that have not been read are lost.
    ~EventStream() { stage_.ask_to_stop(); }

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Event;
        using difference_type = std::ptrdiff_t;
        using pointer = Event*;
        using reference = Event&;

        explicit Iterator(EventStream* stream) : stream_(stream) {}
        Event& operator*() const { return stream_->batch_[stream_->at_]; }
        Event* operator->() const { return &**this; }
        Iterator& operator++() {
            stream_->advance();
            return *this;
        }
        void operator++(int) { stream_->advance(); }
        friend bool operator==(const Iterator& it, std::default_sentinel_t) {
            return it.is_at_end();
        }

    private:
        [[nodiscard]] bool is_at_end() const { return stream_->at_ >= stream_->batch_.size(); }
        EventStream* stream_;
    };

    [[nodiscard]] Iterator begin() {
        if (!begun_) fetch();
        return Iterator(this);
    }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

    /// Why the stream ended, unless its producers ended without an error.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
    void advance() {
        if (++at_ >= batch_.size()) fetch();
    }
    void fetch() {
        begun_ = true;
        at_ = 0;
        batch_.clear();
        auto fetched = stage_.call(typename Collector::Fetch{}, Duration::max());
        if (fetched) {
            batch_ = *std::move(fetched);
        } else {
            error_ = std::move(fetched).error();
        }
    }

    StageRef<Collector> stage_;
    std::vector<Event> batch_;
    std::size_t at_ = 0;
    bool begun_ = false;
    std::optional<Error> error_;
};

/// Subscribes a stream to producers. Their cancel mode is ignored.
template <class Event>
[[nodiscard]] Result<EventStream<Event>> stream_of(StageSystem& system,
                                                   std::vector<SubscribeTo<Event>> producers) {
    auto stage = system.start<detail::Collector<Event>>({.subscribe_to = std::move(producers)});
    if (!stage) return tl::unexpected(std::move(stage).error());
    return EventStream<Event>(*std::move(stage));
}

}  // namespace quantum
