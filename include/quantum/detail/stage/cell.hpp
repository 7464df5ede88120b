#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/call.hpp"
#include "quantum/detail/stage/mailbox.hpp"
#include "quantum/detail/stage/reaction.hpp"
#include "quantum/detail/stage/reason.hpp"
#include "quantum/detail/stage/subscription.hpp"
#include "quantum/result.hpp"
#include "quantum/runtime.hpp"

namespace quantum {

class StageSystem;
class StageHandle;
struct Down;

enum class MonitorId : std::uint64_t {};

namespace detail {

class InPortBase;
class OutPortBase;
class StageCell;

/// The only owner of a new cell.
[[nodiscard]] std::shared_ptr<StageCell> owned(StageCell* cell);

/// The result of a start.
enum class Started : std::uint8_t { running, ignored, failed };

/// The lifecycle of a stage: mailbox, turns, start, crash, restart, stop. The stage's object is
/// created and destroyed inside it; the cell, its name and its mailbox remain until the stage stops
/// for good.
///
/// Thread-safety: `send`, `name`, `is_alive` and `kill` may be called from any thread; `start`,
/// `restart` and `abandon` by the owner of the stage (its starter or supervisor), and only while no
/// turn can run; everything else on the stage's own turn.
class StageCell : public Runnable, public std::enable_shared_from_this<StageCell> {
public:
    StageCell(StageSystem& system, std::string name);
    StageCell(const StageCell&) = delete;
    StageCell& operator=(const StageCell&) = delete;
    ~StageCell() override;

    bool run(std::size_t budget) final;
    bool crash(CrashPoint point) override;

    /// Queues a message; rejects it if the stage has stopped.
    void send(std::unique_ptr<Message> message);
    template <class MessageType, class... Args>
    void send(Args&&... args) {
        send(std::unique_ptr<Message>(new MessageType(std::forward<Args>(args)...)));
    }

    [[nodiscard]] StageSystem& system() const { return system_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The stage's name in messages: its own, or "stage 7".
    [[nodiscard]] std::string label() const;
    /// False once it has stopped for good (it may then be started again like a new one).
    [[nodiscard]] bool is_alive() const { return !mailbox_.is_closed(); }

    /// Creates the object and runs `init` on this thread. On failure, the reason is in
    /// `stop_reason`.
    [[nodiscard]] Started start();
    /// Called after a crash or stop that was reported to a supervisor. The mailbox is unchanged.
    [[nodiscard]] Started restart();
    /// Called instead of `restart`: rejects waiting messages and releases the name.
    void abandon(const StopReason& reason);
    /// The running handler is the last; `terminate` is not called.
    void kill();
    [[nodiscard]] const StopReason& stop_reason() const { return stop_reason_; }
    /// The number of starts. For the supervisor, and on the stage's own turn.
    [[nodiscard]] std::uint64_t life() const { return life_; }

    /// Sets who is notified when this stage stops, and may restart it. Called before `start`.
    void supervise(std::shared_ptr<StageCell> supervisor, std::uint64_t child);
    /// From any thread.
    [[nodiscard]] bool is_supervised() const { return supervised_.load(std::memory_order_relaxed); }
    /// For the supervisor.
    [[nodiscard]] bool is_supervised_by(const StageCell& other) const {
        return supervisor_.get() == &other;
    }
    /// True if its object exists: it is running, or in its last turn.
    [[nodiscard]] bool is_living() const { return living_.load(std::memory_order_acquire); }

    // On the stage's own turn, by messages and ports.
    void request_stop(StopReason reason);
    void crashed(std::string_view what);
    [[nodiscard]] bool is_stopping() const { return stopping_; }
    void add_monitor(MonitorId id, std::shared_ptr<StageCell> watcher);
    void remove_monitor(MonitorId id);
    void add_stop_waiter(std::shared_ptr<TypedCallSlot<StopReason>> waiter);
    void defer_reply(std::shared_ptr<CallSlot> slot);
    void on_timeout(std::uint64_t generation);
    virtual void on_down(const Down& down) = 0;
    /// Called when the stage is asked to stop. Supervisors stop their children first.
    virtual void on_stop_asked(StopReason reason) { request_stop(std::move(reason)); }
    /// For supervisors. The child's cell waits to be restarted or abandoned.
    virtual void on_child_exited(std::uint64_t child, const std::shared_ptr<StageCell>& cell,
                                 const StopReason& reason) {
        static_cast<void>(child);
        cell->abandon(reason);
    }
    /// The cell's InPort<In> and OutPort<Out>; null if the stage has no such side.
    [[nodiscard]] virtual InPortBase* in_port() { return nullptr; }
    [[nodiscard]] virtual OutPortBase* out_port() { return nullptr; }

    /// The stage whose handler is running on this thread, or null.
    [[nodiscard]] static StageCell* current();

    /// ListHook of the system's list of live stages; under its lock.
    struct ListHook {
        StageCell* previous = nullptr;
        StageCell* next = nullptr;
        std::shared_ptr<StageCell> self;
    };
    ListHook links;

protected:
    // The typed half. `make`, `init_stage` and `terminate_stage` may throw.
    virtual void make_stage() = 0;
    virtual InitResult init_stage() = 0;
    virtual void terminate_stage(const StopReason& reason) = 0;
    virtual void destroy_stage() = 0;
    /// Called on the first turn after a start or restart: completes what an earlier life left
    /// undone.
    virtual void resume() {}
    /// Ends every subscription on both sides and notifies the peers.
    virtual void cancel_subscriptions(const StopReason& reason) = 0;
    /// The stage is gone for good.
    virtual void drop_leftovers() = 0;
    virtual void handle_timeout_now() = 0;
    virtual void release_memory_now() = 0;
    /// Throws if a crash is to be injected here. Once.
    void check_crash(CrashPoint point);
    /// False if no handler is called any more.
    [[nodiscard]] bool enter_handler() {
        if (stopping_) return false;
        check_crash(CrashPoint::before_handler);
        return true;
    }
    /// The end of a handler: sends its replies and records what it wants next.
    void settle(const std::optional<Duration>& timeout, bool hibernate);
    /// The same for a handler that stops the stage: its replies are sent after `terminate`.
    void settle(const StopReason& reason);
    void send_replies() {
        if (!deferred_.empty()) publish(std::exchange(deferred_, {}));
    }

private:
    template <class Function>
    void fenced(Function&& function);
    Started begin();
    void idle_soon();
    void finish();
    void end_life();
    void close();
    Message* next_message();
    /// True if the last handler asked for a timeout or hibernation.
    [[nodiscard]] bool waits() const { return timeout_ || timer_ || hibernate_; }
    void cancel_timer();
    static void publish(const std::vector<std::shared_ptr<CallSlot>>& replies);

    StageSystem& system_;
    Mailbox mailbox_;
    Message* local_ = nullptr;  // taken from the mailbox, not yet delivered
    std::string name_;
    std::uint64_t serial_;
    std::uint64_t life_ = 0;
    std::atomic<bool> kill_{false};
    std::atomic<bool> living_{false};
    std::atomic<bool> supervised_{false};
    bool stopping_ = false;
    bool has_stage_ = false;
    bool resumed_ = true;
    std::uint8_t crash_at_ = 0;
    bool hibernate_ = false;
    std::optional<Duration> timeout_;
    std::optional<Clock::TimerId> timer_;
    std::uint64_t timer_generation_ = 0;
    StopReason stop_reason_;
    std::shared_ptr<StageCell> supervisor_;
    std::uint64_t child_ = 0;
    std::vector<std::pair<MonitorId, std::shared_ptr<StageCell>>> monitors_;
    std::vector<std::shared_ptr<TypedCallSlot<StopReason>>> stop_waiters_;
    std::vector<std::shared_ptr<CallSlot>> deferred_;
};

}  // namespace detail

/// A reference to a stage without its type: enough to watch, stop and compare it.
///
/// A handle that is cheap to copy and keeps nothing running. Thread-safety: every method may be
/// called from any thread.
class StageHandle {
public:
    StageHandle() = default;
    explicit StageHandle(std::shared_ptr<detail::StageCell> cell) : cell_(std::move(cell)) {}

    [[nodiscard]] explicit operator bool() const { return cell_ != nullptr; }
    /// True until it has stopped for good; a stage that is waiting to be restarted is alive.
    [[nodiscard]] bool is_alive() const { return cell_ != nullptr && cell_->is_alive(); }
    [[nodiscard]] std::string_view name() const {
        return cell_ == nullptr ? std::string_view{} : std::string_view(cell_->name());
    }

    /// Asks the stage to stop after the messages already in its mailbox, and waits until it has.
    /// Errors: `timed_out`; `unavailable` if it was already gone, or this thread must not block.
    [[nodiscard]] Status stop(StopReason reason = StopReason::normal(),
                              Duration timeout = std::chrono::seconds(5)) const;

    /// The same without waiting.
    void ask_to_stop(StopReason reason = StopReason::normal()) const;

    /// Waits until the stage stops, for whatever cause, and returns the reason; at once if it has
    /// already stopped.
    [[nodiscard]] Result<StopReason> wait(Duration timeout) const;

    [[nodiscard]] const std::shared_ptr<detail::StageCell>& cell() const { return cell_; }

    friend bool operator==(const StageHandle&, const StageHandle&) = default;

protected:
    std::shared_ptr<detail::StageCell> cell_;
};

/// A monitored stage stopped or crashed.
struct Down {
    MonitorId monitor{};
    StageHandle stage;
    StopReason reason;
};

/// One end of a subscription, as seen by handlers: its ID and the stage at the other end.
struct Subscription {
    SubscriptionId id{};
    StageHandle peer;

    friend bool operator==(const Subscription&, const Subscription&) = default;
};

}  // namespace quantum
