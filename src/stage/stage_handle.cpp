#include <optional>
#include <utility>

#include "quantum/detail/stage/ref.hpp"
#include "quantum/detail/stage/stages.hpp"
#include "quantum/detail/stage/system.hpp"
#include "quantum/stages/consumer_supervisor.hpp"

#include "stage/cell_messages.hpp"
#include "stage/mutant.hpp"

namespace quantum::stage {

void log_stage(const detail::StageCell& cell, LogLevel level, std::string_view message,
               std::string_view reason) {
    const LogSink& log = cell.system().log();
    if (!log) return;
    const std::string label = cell.label();
    const LogField fields[] = {{"stage", label}, {"reason", reason}};
    log(level, message, fields);
}

}  // namespace quantum::stage

namespace quantum {
namespace detail {

Error gone(const StageCell& cell) { return {ErrorCode::unavailable, cell.label() + " is gone"}; }

Status may_wait_for(const StageCell& cell) {
    if (!cell.is_alive()) return tl::unexpected(gone(cell));
    if (StageCell::current() == &cell && !mutated(stage::StageMutant::waits_for_itself)) {
        return fail(ErrorCode::unavailable,
                    cell.label() + " would wait for itself: a handler must not call its own stage");
    }
    if (cell.system().runtime().waiting() == Waiting::refuse) {
        return fail(ErrorCode::unavailable,
                    "waiting for " + cell.label() +
                        " on the only thread that could run it: use call_then, or another thread");
    }
    return {};
}

Status wait_for(const StageCell& cell, CallSlot& slot, Duration timeout) {
    return slot.wait(cell.system().runtime(), cell.system().clock(), timeout, cell.label());
}

void log_discarded(const StageCell& cell, std::size_t count) {
    stage::log_stage(cell, LogLevel::warning, "full buffer: events discarded",
                     std::to_string(count));
}

void log_child_lost(const StageCell& supervisor, std::string_view why) {
    stage::log_stage(supervisor, LogLevel::error, "no child for an event", why);
}

namespace {

/// Asks it to stop first, if there is a reason to.
Result<StopReason> await_stop(const std::shared_ptr<StageCell>& cell,
                              std::optional<StopReason> stop_with, Duration timeout) {
    if (cell == nullptr) return fail(ErrorCode::unavailable, "no stage");
    if (!stop_with && !cell->is_alive()) return cell->stop_reason();
    if (Status allowed = may_wait_for(*cell); !allowed) {
        return tl::unexpected(std::move(allowed).error());
    }
    auto slot = std::make_shared<TypedCallSlot<StopReason>>();
    cell->send<stage::AwaitStopMessage>(slot, cell);
    if (stop_with) cell->send<stage::StopMessage>(*std::move(stop_with));
    return reply_of(*cell, *slot, timeout);
}

}  // namespace
}  // namespace detail

Status StageHandle::stop(StopReason reason, Duration timeout) const {
    auto stopped = detail::await_stop(cell_, std::move(reason), timeout);
    if (!stopped) return tl::unexpected(std::move(stopped).error());
    return {};
}

void StageHandle::ask_to_stop(StopReason reason) const {
    if (cell_ != nullptr) cell_->send<stage::StopMessage>(std::move(reason));
}

Result<StopReason> StageHandle::wait(Duration timeout) const {
    return detail::await_stop(cell_, std::nullopt, timeout);
}

MonitorId Stage::monitor(const StageHandle& stage) {
    const MonitorId id{detail::next_id()};
    if (stage) {
        stage.cell()->send<stage::MonitorMessage>(id, cell_->shared_from_this(), stage);
    } else {
        cell_->send<stage::DownMessage>(Down{id, stage, StopReason::not_running()});
    }
    return id;
}

void Stage::demonitor(MonitorId id, const StageHandle& stage) {
    if (stage) stage.cell()->send<stage::DemonitorMessage>(id);
}

}  // namespace quantum
