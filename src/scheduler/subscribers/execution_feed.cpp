#include "scheduler/subscribers/execution_feed.hpp"

#include <string>

#include "scheduler/subscribers/borrowed_dispatcher.hpp"

namespace quantum::scheduler {

Status ExecutionDispatcher::subscribe(SubscriptionId consumer,
                                      const SubscriptionOptions<Execution>& options) {
    if (options.selector) {
        return fail(ErrorCode::invalid_argument,
                    "executions cannot be selected: somebody must carry out each of them");
    }
    runs_.subscribe(consumer, options.max_demand);
    return {};
}

void ExecutionDispatcher::ask(SubscriptionId consumer, std::size_t count,
                              Outlet<Execution>& outlet) {
    outlet_ = &outlet;
    runs_.ask(consumer, count);
    hand_out();
}

void ExecutionDispatcher::dispatch(std::vector<Execution>& events, Outlet<Execution>&) {
    events.clear();  // the stage emits none: they come by way of ExternalRuns
}

void ExecutionDispatcher::hand_out() {
    for (ExternalRuns::Batch& batch : runs_.hand_out()) {
        outlet_->send(batch.subscriber, std::move(batch.executions));
    }
}

InitResult ExecutionFeed::init(Options& options) {
    options.dispatcher = BorrowedDispatcher<Execution>::of(dispatcher_);
    for (const StageHandle& peer : runs_.cut_off()) monitor(peer);
    self(*this).cast(RunsWait{});  // the message of before may have been lost
    return InitResult::started();
}

Reaction<Execution> ExecutionFeed::handle_demand(std::size_t) { return none(); }

Reaction<Execution> ExecutionFeed::handle_subscribe(const Subscription& consumer) {
    runs_.note_peer(consumer.id, consumer.peer);
    return none();
}

Reaction<Execution> ExecutionFeed::handle_cancel(const Subscription& consumer,
                                                 const CancelReason& reason) {
    runs_.lose(consumer.id,
               (reason.down ? "its subscriber ended: " : "its subscriber cancelled: ") +
                   reason.reason.to_string());
    return none();
}

Reaction<Execution> ExecutionFeed::handle_down(const Down& down) {
    runs_.lose_all_of(down.stage, "its subscriber ended: " + down.reason.to_string());
    return none();
}

Reaction<Execution> ExecutionFeed::handle_cast(RunsWait) {
    dispatcher_.hand_out();
    return none();
}

}  // namespace quantum::scheduler
