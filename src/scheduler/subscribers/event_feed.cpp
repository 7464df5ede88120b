#include "scheduler/subscribers/event_feed.hpp"

#include "scheduler/subscribers/borrowed_dispatcher.hpp"

namespace quantum::scheduler {

InitResult EventFeed::init(Options& options) {
    options.dispatcher = BorrowedDispatcher<SchedulerEvent>::of(queues_);
    self(*this).cast(EventsWait{});  // the message of before may have been lost
    return InitResult::started();
}

Reaction<SchedulerEvent> EventFeed::handle_demand(std::size_t) { return none(); }

Reaction<SchedulerEvent> EventFeed::handle_subscribe(const Subscription& consumer) {
    outbox_.ask_for_welcome(consumer.id);
    return none();
}

Reaction<SchedulerEvent> EventFeed::handle_cast(EventsWait) {
    queues_.take(outbox_.take());
    return none();
}

}  // namespace quantum::scheduler
