#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/log.hpp"

namespace quantum::stage {

// Messages between cells, independent of their type.

struct StopMessage final : detail::Message {
    explicit StopMessage(StopReason r, std::uint64_t l = 0) : reason(std::move(r)), life(l) {}
    void deliver(detail::StageCell& receiver) override {
        if (life == 0 || life == receiver.life()) receiver.on_stop_asked(std::move(reason));
    }
    StopReason reason;
    std::uint64_t life;  // only this life is to end; 0: any
};

/// Makes an idle stage check its kill switch.
struct WakeMessage final : detail::Message {
    void deliver(detail::StageCell& receiver) override { static_cast<void>(receiver); }
};

struct TimeoutMessage final : detail::Message {
    explicit TimeoutMessage(std::uint64_t g) : generation(g) {}
    void deliver(detail::StageCell& receiver) override { receiver.on_timeout(generation); }
    [[nodiscard]] bool ends_timeout() const override { return false; }
    std::uint64_t generation;
};

struct DownMessage final : detail::Message {
    explicit DownMessage(Down d) : down(std::move(d)) {}
    void deliver(detail::StageCell& receiver) override { receiver.on_down(down); }
    Down down;
};

struct MonitorMessage final : detail::Message {
    MonitorMessage(MonitorId i, std::shared_ptr<detail::StageCell> w, StageHandle t)
        : id(i), watcher(std::move(w)), target(std::move(t)) {}
    void deliver(detail::StageCell& receiver) override {
        receiver.add_monitor(id, std::move(watcher));
    }
    void refused(const StopReason& reason) override {
        static_cast<void>(reason);
        watcher->send<DownMessage>(Down{id, target, StopReason::not_running()});
    }
    MonitorId id;
    std::shared_ptr<detail::StageCell> watcher;
    StageHandle target;
};

struct DemonitorMessage final : detail::Message {
    explicit DemonitorMessage(MonitorId i) : id(i) {}
    void deliver(detail::StageCell& receiver) override { receiver.remove_monitor(id); }
    MonitorId id;
};

struct AwaitStopMessage final : detail::Message {
    AwaitStopMessage(std::shared_ptr<detail::TypedCallSlot<StopReason>> w,
                     std::shared_ptr<detail::StageCell> t)
        : waiter(std::move(w)), target(std::move(t)) {}
    void deliver(detail::StageCell& receiver) override {
        receiver.add_stop_waiter(std::move(waiter));
    }
    void refused(const StopReason&) override {  // it just stopped
        if (!waiter->claim()) return;
        waiter->result.emplace(target->stop_reason());
        waiter->publish();
    }
    std::shared_ptr<detail::TypedCallSlot<StopReason>> waiter;
    std::shared_ptr<detail::StageCell> target;
};

/// From a supervised stage, after everything else of its life. Received only by supervisors.
struct ChildExited final : detail::Message {
    ChildExited(std::uint64_t c, std::shared_ptr<detail::StageCell> s, StopReason r)
        : child(c), cell(std::move(s)), reason(std::move(r)) {}
    void deliver(detail::StageCell& receiver) override {
        receiver.on_child_exited(child, cell, reason);
    }
    void refused(const StopReason&) override { cell->abandon(reason); }  // nobody restarts it
    std::uint64_t child;
    std::shared_ptr<detail::StageCell> cell;
    StopReason reason;
};

void log_stage(const detail::StageCell& cell, LogLevel level, std::string_view message,
               std::string_view reason);

}  // namespace quantum::stage
