#include "quantum/scheduler_child.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "quantum/stages/stage.hpp"

namespace quantum {

namespace {

/// Lives as long as the scheduler runs.
class SchedulerStage final : public Consumer<NoEvents> {
public:
    struct Failed {};

    SchedulerStage(Scheduler& scheduler, Duration timeout)
        : scheduler_(scheduler), timeout_(timeout) {}

    InitResult init(Options& /*options*/) override {
        listener_ = scheduler_.attach(
            [me = self(*this)](const TelemetryEvent& event) {
                if (event.text == "failed") me.cast(Failed{});
            },
            kind_bit(TelemetryKind::scheduler_state));
        if (Status started = scheduler_.start(); !started) {
            scheduler_.detach(listener_);
            return InitResult::stop(StopReason::error(started.error().message));
        }
        return InitResult::started();
    }
    Reaction<> handle_events(std::vector<NoEvents> /*events*/, const Subscription&) override {
        return none();
    }
    Reaction<> handle_cast(Failed) {
        return stop(StopReason::error("scheduler '" + scheduler_.name() + "' has failed"));
    }
    void terminate(const StopReason& /*reason*/) override {
        scheduler_.detach(listener_);
        static_cast<void>(scheduler_.stop(timeout_));
    }

private:
    Scheduler& scheduler_;
    const Duration timeout_;
    ListenerId listener_{};
};

}  // namespace

ChildSpec child(StageSystem& stages, Scheduler& scheduler, ChildOptions options) {
    SchedulerStage::Options stage_options;
    stage_options.name = scheduler.name();
    const Duration timeout = options.shutdown / 2;
    const auto stage = stages.prepare_with<SchedulerStage>(
        std::move(stage_options),
        [&scheduler, timeout] { return std::make_unique<SchedulerStage>(scheduler, timeout); });
    return child(stage, std::move(options));
}

}  // namespace quantum
