#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/stages/stage.hpp"
#include "quantum/testing/simulated_runtime.hpp"

namespace quantum::graph {

/// An event on one stretch of its way: `stamp` counts what the stage `from` has emitted.
struct Drop {
    int number = 0;
    std::size_t from = 0;
    std::size_t stamp = 0;
};

enum class Sharing { demand, broadcast, partition };

/// What a node wants of one producer.
struct Edge {
    std::size_t producer = 0;
    ProducerRef<Drop> to;
    SubscriptionOptions<Drop> options;
    DemandMode mode = DemandMode::automatic;
    Subscription current;
};

/// What was asked on one subscription, worked out here from what the documentation says.
struct Account {
    std::size_t edge = 0;
    std::size_t asked = 0;
    std::size_t got = 0;
    std::size_t pending = 0;
};

/// The journal of one stage of a random graph. It outlives the stage's crashes.
struct Node {
    Node(std::size_t i, SimulatedRuntime& r) : index(i), runtime(r) {}

    std::size_t index;
    SimulatedRuntime& runtime;
    Sharing sharing = Sharing::demand;
    std::vector<Edge> edges;
    std::vector<std::pair<std::size_t, std::size_t>> consumers;  // node, edge of it

    int limit = 0;               // of a source: how many events it may make
    int made = 0;                // of a source
    std::size_t owed = 0;        // of a source: asked for and not yet made
    std::vector<int> out;        // the number of each stamp
    std::set<std::size_t> lost;  // stamps in the hands of a handler when it crashed
    std::map<std::size_t, std::vector<std::size_t>> got;  // stamps, by producer
    std::map<SubscriptionId, Account> accounts;
    std::uint64_t armed_turn = 0;    // the runtime meant to crash it in this turn
    std::uint64_t entered_turn = 0;  // a handler of it ran in this turn
    std::size_t unseen = 0;          // crashes before a handler: it may have held a batch

    /// At most so many events in one batch.
    [[nodiscard]] std::size_t largest_batch() const {
        std::size_t most = 0;
        for (const Edge& edge : edges) most = std::max(most, edge.options.max_demand);
        return most;
    }
    [[nodiscard]] std::size_t outstanding(std::size_t edge) const {
        const Account& account = accounts.at(edges[edge].current.id);
        return account.asked - account.got;
    }

    void enter() { entered_turn = runtime.turns(); }
    void end() {
        if (armed_turn == runtime.turns() && entered_turn != armed_turn) ++unseen;
    }

    Edge& subscribed(const Subscription& producer) {
        const auto edge = std::find_if(edges.begin(), edges.end(),
                                       [&](const Edge& e) { return e.to == producer.peer; });
        EXPECT_TRUE(edge != edges.end());
        edge->current = producer;
        const std::size_t max = edge->options.max_demand;
        accounts[producer.id] = {static_cast<std::size_t>(edge - edges.begin()), max, 0, max};
        return *edge;
    }

    /// Notes a batch. In manual mode: how many to ask for again.
    std::size_t receive(const std::vector<Drop>& events, const Subscription& producer) {
        enter();
        const auto found = accounts.find(producer.id);
        if (found == accounts.end()) {
            ADD_FAILURE() << "events of a subscription that never was";
            return 0;
        }
        Account& account = found->second;
        const Edge& edge = edges[account.edge];
        account.got += events.size();
        EXPECT_LE(account.got, account.asked) << "more than it asked for";
        for (const Drop& drop : events) {
            EXPECT_EQ(drop.from, edge.producer);
            got[drop.from].push_back(drop.stamp);
        }
        if (!producer.peer) return 0;  // of an earlier life
        if (edge.mode == DemandMode::manual) {
            account.asked += events.size();
            return events.size();
        }
        const std::size_t min = edge.options.min_demand.value_or(edge.options.max_demand / 2);
        EXPECT_LE(events.size(), edge.options.max_demand - min) << "demand is renewed too late";
        account.pending -= events.size();
        if (account.pending <= min) {
            account.asked += edge.options.max_demand - account.pending;
            account.pending = edge.options.max_demand;
        }
        return 0;
    }

    /// Stamps what a handler is about to answer with.
    std::vector<Drop> send(const std::vector<int>& numbers) {
        enter();
        std::vector<Drop> drops;
        for (const int number : numbers) {
            if (armed_turn == runtime.turns()) lost.insert(out.size());
            drops.push_back({number, index, out.size()});
            out.push_back(number);
        }
        return drops;
    }
};

/// Emits numbers up to a limit that rises. The count survives crashes, the demand does not.
class Spring : public Producer<Drop> {
public:
    struct More {};
    explicit Spring(std::shared_ptr<Node> node) : node_(std::move(node)) { node_->owed = 0; }
    Reaction<Drop> handle_demand(std::size_t count) override {
        node_->owed += count;
        return pour();
    }
    Reaction<Drop> handle_cast(More) { return pour(); }
    void terminate(const StopReason&) override { node_->end(); }

private:
    Reaction<Drop> pour() {
        std::vector<int> numbers;
        for (; node_->owed > 0 && node_->made < node_->limit; --node_->owed) {
            numbers.push_back(node_->made++);
        }
        return emit(node_->send(numbers));
    }
    std::shared_ptr<Node> node_;
};

/// The consuming side of a pipe and of a drain.
template <class Base>
class Receiver : public Base {
public:
    /// Cancels the subscription of an edge; a temporary one is made again.
    struct Leave {
        std::size_t edge;
    };
    explicit Receiver(std::shared_ptr<Node> node) : node_(std::move(node)) {}

    DemandMode handle_subscribed(const Subscription& producer) override {
        const Edge& edge = node_->subscribed(producer);
        if (edge.mode == DemandMode::manual) this->ask(producer, edge.options.max_demand);
        return edge.mode;
    }
    Reaction<typename Base::OutEvent> handle_cancelled(const Subscription& producer,
                                                       const CancelReason&) override {
        node_->enter();
        for (std::size_t i = 0; i < node_->edges.size(); ++i) {
            const Edge& edge = node_->edges[i];
            if (edge.current.id != producer.id) continue;
            if (edge.options.cancel != CancelMode::temporary) continue;
            this->subscribe(ProducerRef<Drop>(edge.to), SubscriptionOptions<Drop>(edge.options));
        }
        return this->none();
    }
    Reaction<typename Base::OutEvent> handle_cast(Leave leave) {
        node_->enter();
        this->cancel(node_->edges[leave.edge].current);
        return this->none();
    }
    void terminate(const StopReason&) override { node_->end(); }

protected:
    void note(const std::vector<Drop>& events, const Subscription& producer) {
        const std::size_t again = node_->receive(events, producer);
        if (again > 0) this->ask(producer, again);
    }
    std::shared_ptr<Node> node_;
};

class Pipe : public Receiver<ProducerConsumer<Drop, Drop>> {
public:
    using Receiver::Receiver;
    Reaction<Drop> handle_events(std::vector<Drop> events, const Subscription& producer) override {
        note(events, producer);
        std::vector<int> numbers;
        for (const Drop& drop : events) numbers.push_back(drop.number);
        return emit(node_->send(numbers));
    }
};

class Drain : public Receiver<Consumer<Drop>> {
public:
    using Receiver::Receiver;
    Reaction<> handle_events(std::vector<Drop> events, const Subscription& producer) override {
        note(events, producer);
        return none();
    }
};

}  // namespace quantum::graph
