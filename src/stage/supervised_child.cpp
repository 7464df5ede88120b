#include "quantum/detail/stage/supervised_child.hpp"

#include <utility>

#include "quantum/detail/stage/system.hpp"

#include "stage/cell_messages.hpp"
#include "stage/mutant.hpp"

namespace quantum::detail {

Started SupervisedChild::start(StageSystem& system, const std::shared_ptr<StageCell>& supervisor,
                               std::uint64_t key) {
    StageCell& cell = *spec.cell;
    state = State::exited;
    if (!cell.is_supervised_by(*supervisor)) {
        if (Status registered = register_cell(system, spec.cell, *spec.type); !registered) {
            failure = StopReason::error(std::move(registered).error().message);
            return Started::failed;
        }
        cell.supervise(supervisor, key);
    } else if (cell.is_living()) {
        failure = StopReason::error("its previous instance has not ended yet");
        return Started::failed;
    }
    const Started started = cell.start();
    if (started == Started::running) state = State::running;
    if (started == Started::failed) failure = cell.stop_reason();
    if (started == Started::ignored) end_for_good(system.clock(), *supervisor);
    return started;
}

void SupervisedChild::end(Clock& clock, std::function<void()> late) {
    state = State::stopping;
    const Duration limit = spec.options.shutdown;
    if (limit == Duration::zero()) {
        spec.cell->kill();
        return;
    }
    // The mailbox outlives a crash: a child that ends before it comes to this message must not find
    // it in its next life.
    spec.cell->send<stage::StopMessage>(
        StopReason::shutdown(),
        spec.cell->life() + (mutated(stage::StageMutant::stop_hits_next_life) ? 1 : 0));
    if (limit == Duration::max()) return;
    timer = clock.wake_after(limit, std::move(late));
}

void SupervisedChild::end_for_good(Clock& clock, const StageCell& supervisor) {
    cancel_timer(clock);
    StageCell& cell = *spec.cell;
    if (cell.is_supervised_by(supervisor) && !cell.is_living()) cell.abandon(cell.stop_reason());
}

void SupervisedChild::cancel_timer(Clock& clock) {
    ++generation;
    if (timer) clock.cancel(*std::exchange(timer, std::nullopt));
}

bool SupervisedChild::is_restarted_after(const StopReason& reason) const {
    const Restart restart = spec.options.restart;
    return restart == Restart::permanent ||
           (restart == Restart::transient &&
            (reason.is_error() || mutated(stage::StageMutant::transient_always_again)));
}

ChildInfo SupervisedChild::info() const {
    return {spec.options.id, StageHandle(spec.cell), spec.options.restart, state == State::running};
}

std::string SupervisedChild::failure_text() const {
    return "child '" + spec.options.id + "' did not start: " + failure.to_string();
}

}  // namespace quantum::detail
