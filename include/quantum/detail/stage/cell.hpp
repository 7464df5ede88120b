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

/// What a start came to.
enum class Started : std::uint8_t { running, ignored, failed };

/// The life of one stage: mailbox, turns, start, crash, restart, stop. The stage's object comes and
/// goes inside it; the cell, its name and its mailbox stay until it stops for good.
///
/// Thread-safety: `send`, `name`, `is_alive`, `kill` from any thread. `start`, `restart` and
/// `abandon` by the one who owns the stage's life (its starter, its supervisor) and only while no
/// turn can run. All else on the stage's own turn.
class StageCell : public Runnable, public std::enable_shared_from_this<StageCell> {
public:
    StageCell(StageSystem& system, std::string name);
    StageCell(const StageCell&) = delete;
    StageCell& operator=(const StageCell&) = delete;
    ~StageCell() override;

    bool run(std::size_t budget) final;
    bool crash(CrashPoint point) override;

    /// Queues a message; refuses it if the stage stopped.
    void send(std::unique_ptr<Message> message);
    template <class MessageType, class... Args>
    void send(Args&&... args) {
        send(std::unique_ptr<Message>(new MessageType(std::forward<Args>(args)...)));
    }

    [[nodiscard]] StageSystem& system() const { return system_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// How the stage is called in messages: its name, or "stage 7".
    [[nodiscard]] std::string label() const;
    /// False once it stopped for good (it may be started again as if it were new).
    [[nodiscard]] bool is_alive() const { return !mailbox_.is_closed(); }

    /// Makes the object and runs `init`, on this thread. On failure the reason is in `stop_reason`.
    [[nodiscard]] Started start();
    /// After a crash or stop that was reported to a supervisor. The mailbox is as it was.
    [[nodiscard]] Started restart();
    /// Instead of `restart`: refuses what waits and gives the name back.
    void abandon(const StopReason& reason);
    /// The running handler is the last one; `terminate` is not called.
    void kill();
    [[nodiscard]] const StopReason& stop_reason() const { return stop_reason_; }
    /// Counts the starts. For the supervisor, and on the stage's own turn.
    [[nodiscard]] std::uint64_t life() const { return life_; }

    /// Who is told when this stage stops, and may restart it. Before `start`.
    void supervise(std::shared_ptr<StageCell> supervisor, std::uint64_t child);
    /// From any thread.
    [[nodiscard]] bool is_supervised() const { return supervised_.load(std::memory_order_relaxed); }
    /// For the supervisor.
    [[nodiscard]] bool is_supervised_by(const StageCell& other) const {
        return supervisor_.get() == &other;
    }
    /// Its object exists: it runs, or is in its last turn.
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
    /// Somebody asks it to stop. Supervisors have their children to stop first.
    virtual void on_stop_asked(StopReason reason) { request_stop(std::move(reason)); }
    /// Of supervisors. The child's cell waits to be started again or abandoned.
    virtual void on_child_exited(std::uint64_t child, const std::shared_ptr<StageCell>& cell,
                                 const StopReason& reason) {
        static_cast<void>(child);
        cell->abandon(reason);
    }
    /// The cell's InPort<In> and OutPort<Out>; null where the stage has no such side.
    [[nodiscard]] virtual void* in_port() { return nullptr; }
    [[nodiscard]] virtual void* out_port() { return nullptr; }

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
    // The typed half. Exceptions may leave `make`, `init_stage`, `terminate_stage`.
    virtual void make_stage() = 0;
    virtual InitResult init_stage() = 0;
    virtual void terminate_stage(const StopReason& reason) = 0;
    virtual void destroy_stage() = 0;
    /// After a start or restart, on the first turn: what an earlier life left to do.
    virtual void resume() {}
    /// Ends every subscription on both sides; the peers are told.
    virtual void cancel_subscriptions(const StopReason& reason) = 0;
    /// The stage is gone for good.
    virtual void drop_leftovers() = 0;
    virtual void handle_timeout_now() = 0;
    virtual void release_memory_now() = 0;
    /// Throws if a crash is to be injected here. Once.
    void check_crash(CrashPoint point);
    /// The end of a handler: its answers go out; what it wants next is noted.
    void settle(const std::optional<Duration>& timeout, bool hibernate);

private:
    template <class Function>
    void fenced(Function&& function);
    Started begin();
    void idle_soon();
    void finish();
    void end_life();
    void close();
    Message* next_message();
    /// For the end of a quiet time that the last handler asked about.
    [[nodiscard]] bool waits() const { return timeout_ || timer_ || hibernate_; }
    void cancel_timer();

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

/// A stage without its type: enough to watch it, stop it, compare it.
///
/// A handle, cheap to copy; it keeps nothing running. Thread-safety: every method from any thread.
class StageHandle {
public:
    StageHandle() = default;
    explicit StageHandle(std::shared_ptr<detail::StageCell> cell) : cell_(std::move(cell)) {}

    [[nodiscard]] explicit operator bool() const { return cell_ != nullptr; }
    /// True until it stopped for good; a stage that waits to be restarted is alive.
    [[nodiscard]] bool is_alive() const { return cell_ != nullptr && cell_->is_alive(); }
    [[nodiscard]] std::string_view name() const {
        return cell_ == nullptr ? std::string_view{} : std::string_view(cell_->name());
    }

    /// Asks the stage to stop, behind the messages it already has, and waits until it did.
    /// Errors: `timed_out`; `unavailable` if it was gone already, or this thread may not wait.
    [[nodiscard]] Status stop(StopReason reason = StopReason::normal(),
                              Duration timeout = std::chrono::seconds(5)) const;

    /// The same without waiting.
    void ask_to_stop(StopReason reason = StopReason::normal()) const;

    /// Waits until the stage stopped, whoever stops it, and says why. At once if it has.
    [[nodiscard]] Result<StopReason> wait(Duration timeout) const;

    [[nodiscard]] const std::shared_ptr<detail::StageCell>& cell() const { return cell_; }

    friend bool operator==(const StageHandle&, const StageHandle&) = default;

protected:
    std::shared_ptr<detail::StageCell> cell_;
};

/// A stage that is monitored stopped or crashed.
struct Down {
    MonitorId monitor{};
    StageHandle stage;
    StopReason reason;
};

/// One end of a subscription, as handlers see it: which one, and who is at the other end.
struct Subscription {
    SubscriptionId id{};
    StageHandle peer;

    friend bool operator==(const Subscription&, const Subscription&) = default;
};

}  // namespace quantum
