#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/dispatcher.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum {

/// What a producing stage does with demand.
enum class DemandForwarding : std::uint8_t {
    forward,     ///< passes it to `handle_demand`
    accumulate,  ///< holds it until told to forward, to wait until all consumers have subscribed
};

namespace detail {

void log_discarded(const StageCell& cell, std::size_t count);

/// What an OutPort needs from its stage, whatever its events are.
class OutPortHostBase {
public:
    virtual void on_demand(std::size_t count) = 0;
    virtual void on_consumer(const Subscription& consumer) = 0;
    virtual void on_consumer_gone(const Subscription& consumer, const CancelReason& reason) = 0;

protected:
    OutPortHostBase() = default;
    OutPortHostBase(const OutPortHostBase&) = default;
    OutPortHostBase& operator=(const OutPortHostBase&) = default;
    ~OutPortHostBase() = default;
};

/// What an OutPort does whatever its events are: consumers and demand. Compiled once, in the
/// library. Used only on the stage's turns.
class OutPortBase {
public:
    OutPortBase(const OutPortBase&) = delete;
    OutPortBase& operator=(const OutPortBase&) = delete;

    void ask(SubscriptionId id, std::size_t count);
    void cancel(SubscriptionId id, const CancelReason& reason);
    void cancel_all(const StopReason& reason);
    void set_forwarding(DemandForwarding forwarding);
    [[nodiscard]] DemandForwarding forwarding() const { return forwarding_; }
    void refresh();
    /// How many events the stage still owes.
    [[nodiscard]] std::size_t owed() const { return told_; }
    [[nodiscard]] std::uint64_t discarded() const { return discarded_; }

protected:
    OutPortBase(StageCell& cell, OutPortHostBase& host);
    ~OutPortBase();

    /// When the stage starts: as it is told, without looking at demand.
    void start_forwarding(DemandForwarding forwarding) { forwarding_ = forwarding; }
    /// The dispatcher has accepted the consumer, or refused it.
    void accept(SubscriptionId id, std::shared_ptr<StageCell> consumer);
    static void refuse(SubscriptionId id, StageCell& consumer, Error error);
    /// So many events were made.
    void settle_demand(std::size_t count) { told_ -= count < told_ ? count : told_; }
    /// Events that went nowhere (because of a selector or hash) have not met any demand: the
    /// producer must be told of it again, but not within its own handler.
    void refresh_later();
    void count_discarded(std::size_t count) { discarded_ += count; }
    [[nodiscard]] StageCell* consumer(SubscriptionId id) const;
    [[nodiscard]] StageCell& cell() const { return cell_; }
    void release_consumers();

    virtual void ask_dispatcher(SubscriptionId id, std::size_t count) = 0;
    [[nodiscard]] virtual AnyDispatcher& any_dispatcher() = 0;
    /// Sends what is buffered as far as demand goes, and runs the notes that are due then.
    virtual void send_buffered(std::size_t hint) = 0;

private:
    struct Consumer {
        SubscriptionId id;
        std::shared_ptr<StageCell> cell;
    };

    void serve(std::size_t hint);

    StageCell& cell_;
    OutPortHostBase& host_;
    std::vector<Consumer> consumers_;
    std::vector<std::pair<SubscriptionId, std::size_t>> accumulated_;
    DemandForwarding forwarding_ = DemandForwarding::forward;
    /// The number of events requested from the stage and not made yet. It is unchanged when the
    /// consumer that wanted them goes away: the next one's demand is then met without asking twice.
    std::size_t told_ = 0;
    bool refreshing_ = false;
    std::uint64_t discarded_ = 0;
};

}  // namespace detail
}  // namespace quantum
