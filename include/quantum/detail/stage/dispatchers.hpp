#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "quantum/detail/stage/buffer.hpp"
#include "quantum/detail/stage/demand_queue.hpp"
#include "quantum/detail/stage/dispatcher.hpp"

namespace quantum {

/// The partition of an event, counted from 0; none drops the event on purpose.
template <class Event>
using PartitionHash = std::function<std::optional<std::size_t>(const Event&)>;

namespace detail {

template <class Event>
[[nodiscard]] std::vector<Event> take_front(std::vector<Event>& events, std::size_t count) {
    if (count >= events.size()) return std::exchange(events, {});
    std::vector<Event> front = moved_out(events, 0, count);
    erase_front(events, count);
    return front;
}

/// Sends each event to the consumer with the highest demand.
template <class Event>
class DemandDispatcher final : public Dispatcher<Event> {
public:
    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<Event>&) override {
        queue_.add(consumer);
        return {};
    }
    void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>&) override {
        queue_.ask(consumer, count);
    }
    void cancel(SubscriptionId consumer) override { queue_.remove(consumer); }
    [[nodiscard]] std::size_t wanted() const override { return queue_.wanted(); }

    void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) override {
        std::size_t sent = 0;
        while (sent < events.size()) {
            const DemandQueue::Share share = queue_.take(events.size() - sent);
            if (share.count == 0) break;
            if (sent == 0 && share.count == events.size()) {
                outlet.send(share.consumer, std::exchange(events, {}));
                return;
            }
            outlet.send(share.consumer, moved_out(events, sent, share.count));
            sent += share.count;
        }
        erase_front(events, sent);
    }

private:
    DemandQueue queue_;
};

/// Sends each event to every consumer, as fast as the slowest.
template <class Event>
class BroadcastDispatcher final : public Dispatcher<Event> {
public:
    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<Event>& options) override {
        wants_.push_back({consumer, 0, options.selector});
        return {};
    }

    void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>&) override {
        for (Want& want : wants_) {
            if (want.consumer == consumer) want.demand += count;
        }
    }

    /// The slowest consumer may have gone.
    void cancel(SubscriptionId consumer) override {
        for (auto want = wants_.begin(); want != wants_.end(); ++want) {
            if (want->consumer != consumer) continue;
            wants_.erase(want);
            return;
        }
    }

    [[nodiscard]] std::size_t wanted() const override {
        if (wants_.empty()) return 0;
        std::size_t least = wants_.front().demand;
        for (const Want& want : wants_) {
            if (want.demand < least) least = want.demand;
        }
        return least;
    }

    void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) override {
        const std::size_t wanted_now = wanted();
        const std::size_t count = wanted_now < events.size() ? wanted_now : events.size();
        if (count == 0) return;
        const std::vector<Event> batch = take_front(events, count);
        for (Want& want : wants_) {
            if (!want.selector) {
                want.demand -= count;
                outlet.send(want.consumer, batch);
                continue;
            }
            std::vector<Event> selected;
            for (const Event& event : batch) {
                if (want.selector(event)) selected.push_back(event);
            }
            want.demand -= selected.size();
            outlet.send(want.consumer, std::move(selected));
        }
    }

private:
    struct Want {
        SubscriptionId consumer;
        std::size_t demand;
        std::function<bool(const Event&)> selector;
    };

    std::vector<Want> wants_;
};

/// Sends each event to the consumer of its partition. Events for a partition without demand wait
/// inside, at most as many as all consumers together have asked for.
template <class Event>
class PartitionDispatcher final : public Dispatcher<Event> {
public:
    PartitionDispatcher(std::size_t count, PartitionHash<Event> hash)
        : partitions_(count), hash_(std::move(hash)) {
        if (count == 0) throw std::invalid_argument("partition_dispatcher: 0 partitions");
        if (!hash_) throw std::invalid_argument("partition_dispatcher: no hash");
    }

    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<Event>& options) override {
        if (options.partition >= partitions_.size()) {
            return fail(ErrorCode::invalid_argument, unknown(options.partition));
        }
        Partition& partition = partitions_[options.partition];
        if (partition.consumer) {
            return fail(
                ErrorCode::already_exists,
                "partition " + std::to_string(options.partition) + " has a consumer already");
        }
        partition.consumer = consumer;
        partition.demand = 0;
        return {};
    }

    void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>& outlet) override {
        Partition* partition = find(consumer);
        if (partition == nullptr) return;
        partition->demand += count;
        wanted_ += count;
        flush(*partition, outlet);
        run_notes();
    }

    void cancel(SubscriptionId consumer) override {
        Partition* partition = find(consumer);
        if (partition == nullptr) return;
        wanted_ -= partition->demand;
        partition->consumer.reset();
        partition->demand = 0;
    }

    [[nodiscard]] std::size_t wanted() const override {
        return wanted_ > waiting_ ? wanted_ - waiting_ : 0;
    }

    void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) override {
        const std::size_t wanted_now = wanted();
        const std::size_t count = wanted_now < events.size() ? wanted_now : events.size();
        if (count == 0) return;
        std::vector<Event> batch = take_front(events, count);
        for (Event& event : batch) {
            const std::optional<std::size_t> place = hash_(event);
            if (!place) continue;
            if (*place >= partitions_.size()) throw std::out_of_range("hash: " + unknown(*place));
            partitions_[*place].waiting.push_back(std::move(event));
            ++waiting_;
        }
        for (Partition& partition : partitions_) flush(partition, outlet);
    }

    void release_memory() override {
        for (Partition& partition : partitions_) partition.waiting.shrink_to_fit();
    }

    void after_queued(std::function<void()> deliver) override {
        Note note{std::move(deliver), {}};
        for (const Partition& partition : partitions_) {
            note.until.push_back(partition.sent + partition.waiting.size());
        }
        notes_.push_back(std::move(note));
        run_notes();
    }

private:
    struct Partition {
        std::optional<SubscriptionId> consumer;
        std::size_t demand = 0;
        std::vector<Event> waiting;
        std::size_t sent = 0;
    };
    struct Note {
        std::function<void()> run;
        std::vector<std::size_t> until;  // due once each partition has sent this many
    };

    [[nodiscard]] std::string unknown(std::size_t place) const {
        return "partition " + std::to_string(place) + " does not exist; 0 to " +
               std::to_string(partitions_.size() - 1) + " do";
    }
    Partition* find(SubscriptionId consumer) {
        for (Partition& partition : partitions_) {
            if (partition.consumer == consumer) return &partition;
        }
        return nullptr;
    }
    void flush(Partition& partition, Outlet<Event>& outlet) {
        if (!partition.consumer || partition.demand == 0 || partition.waiting.empty()) return;
        std::vector<Event> events = take_front(partition.waiting, partition.demand);
        partition.demand -= events.size();
        wanted_ -= events.size();
        waiting_ -= events.size();
        partition.sent += events.size();
        outlet.send(*partition.consumer, std::move(events));
    }
    void run_notes() {
        while (!notes_.empty()) {
            const Note& note = notes_.front();
            for (std::size_t i = 0; i < partitions_.size(); ++i) {
                if (partitions_[i].sent < note.until[i]) return;
            }
            const auto run = std::move(notes_.front().run);
            notes_.erase(notes_.begin());
            run();
        }
    }

    std::vector<Partition> partitions_;
    PartitionHash<Event> hash_;
    std::size_t wanted_ = 0;   // the sum of all demand
    std::size_t waiting_ = 0;  // the number of waiting events
    std::vector<Note> notes_;
};

}  // namespace detail

/// Sends each event to one consumer, the one with the highest demand.
template <class Event>
[[nodiscard]] DispatcherFactory<Event> demand_dispatcher() {
    return [] { return std::unique_ptr<Dispatcher<Event>>(new detail::DemandDispatcher<Event>()); };
}

/// Sends each event to all consumers, or to those whose `selector` returns true for it; the slowest
/// sets the pace. Copies events.
template <class Event>
[[nodiscard]] DispatcherFactory<Event> broadcast_dispatcher() {
    return
        [] { return std::unique_ptr<Dispatcher<Event>>(new detail::BroadcastDispatcher<Event>()); };
}

/// Sends each event to the consumer that subscribed to the partition returned by `hash`. If `hash`
/// returns none, the event is dropped on purpose. A number not below `partitions` crashes the
/// stage, because the event belongs nowhere and must not disappear. Without partitions or a hash,
/// the stage does not start.
template <class Event>
[[nodiscard]] DispatcherFactory<Event> partition_dispatcher(std::size_t partitions,
                                                            PartitionHash<Event> hash) {
    return [partitions, hash = std::move(hash)] {
        return std::make_unique<detail::PartitionDispatcher<Event>>(partitions, hash);
    };
}

}  // namespace quantum
