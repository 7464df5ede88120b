#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "quantum/stages/stage.hpp"

namespace quantum::scheduler {

/// The dispatcher of a stage that belongs to somebody else, who outlives the stage and uses it too,
/// on the stage's turns.
template <class Event>
class BorrowedDispatcher final : public Dispatcher<Event> {
public:
    explicit BorrowedDispatcher(Dispatcher<Event>& owned) : owned_(owned) {}

    [[nodiscard]] static DispatcherFactory<Event> of(Dispatcher<Event>& owned) {
        return [&owned] { return std::make_unique<BorrowedDispatcher>(owned); };
    }

    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<Event>& options) override {
        return owned_.subscribe(consumer, options);
    }
    void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>& outlet) override {
        owned_.ask(consumer, count, outlet);
    }
    void cancel(SubscriptionId consumer) override { owned_.cancel(consumer); }
    [[nodiscard]] std::size_t wanted() const override { return owned_.wanted(); }
    void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) override {
        owned_.dispatch(events, outlet);
    }

private:
    Dispatcher<Event>& owned_;
};

}  // namespace quantum::scheduler
