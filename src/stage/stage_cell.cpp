#include <exception>
#include <stdexcept>
#include <utility>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/system.hpp"

#include "stage/cell_messages.hpp"
#include "stage/mutant.hpp"

namespace quantum::detail {
namespace {

thread_local StageCell* current_stage = nullptr;

/// Marks whose turn it is on this thread.
class Turn {
public:
    explicit Turn(StageCell* stage) : before_(std::exchange(current_stage, stage)) {}
    ~Turn() { current_stage = before_; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    StageCell* before_;
};

struct InjectedCrash : std::runtime_error {
    InjectedCrash() : std::runtime_error("injected crash") {}
};

}  // namespace

std::shared_ptr<StageCell> owned(StageCell* cell) { return std::shared_ptr<StageCell>(cell); }

StageCell::StageCell(StageSystem& system, std::string name)
    : system_(system), name_(std::move(name)), serial_(next_id()) {}

StageCell::~StageCell() { Mailbox::drop(local_); }

StageCell* StageCell::current() { return current_stage; }

std::string StageCell::label() const {
    return name_.empty() ? "stage " + std::to_string(serial_) : "stage '" + name_ + "'";
}

void StageCell::send(std::unique_ptr<Message> message) {
    switch (mailbox_.push(message.get())) {
        case Mailbox::Pushed::refused:
            message->refused(StopReason::not_running());
            return;
        case Mailbox::Pushed::queued:
            static_cast<void>(message.release());
            return;
        case Mailbox::Pushed::wakes:
            static_cast<void>(message.release());
            system_.runtime().post(shared_from_this());
            return;
    }
}

Message* StageCell::next_message() {
    if (local_ == nullptr) local_ = mailbox_.take_all();
    if (local_ == nullptr) return nullptr;
    return std::exchange(local_, local_->next);
}

/// Nothing a stage's author wrote gets an exception past this.
template <class Function>
void StageCell::fenced(Function&& function) {
    try {
        function();
    } catch (const std::exception& exception) {
        crashed(exception.what());
    } catch (...) {
        crashed("an exception of an unknown type");
    }
}

bool StageCell::run(std::size_t budget) {
    if (mailbox_.is_closed())
        return false;  // abandoned with a turn pending; its system may be gone
    const Turn turn(this);
    if (!resumed_) {
        resumed_ = true;
        fenced([this] { resume(); });
    }
    for (; budget > 0; --budget) {
        if (kill_.load(std::memory_order_acquire)) request_stop(StopReason::killed());
        if (stopping_) {
            finish();
            return false;
        }
        std::unique_ptr<Message> message(next_message());
        if (message == nullptr) {
            fenced([this] { idle_soon(); });
            if (stopping_) continue;
            crash_at_ = 0;
            if (mailbox_.try_idle()) return false;  // from here on it may run elsewhere
            continue;
        }
        if (waits() && message->ends_timeout()) cancel_timer();
        fenced([&] { message->deliver(*this); });
    }
    if (stopping_) {
        finish();
        return false;
    }
    crash_at_ = 0;
    return true;
}

bool StageCell::crash(CrashPoint point) {
    crash_at_ = point == CrashPoint::before_handler ? 1 : 2;
    return true;
}

void StageCell::check_crash(CrashPoint point) {
    const std::uint8_t armed = point == CrashPoint::before_handler ? 1 : 2;
    if (crash_at_ != armed) return;
    crash_at_ = 0;
    throw InjectedCrash();
}

/// What a handler asked for in case no message comes.
void StageCell::idle_soon() {
    if (std::exchange(hibernate_, false)) {
        monitors_.shrink_to_fit();
        stop_waiters_.shrink_to_fit();
        release_memory_now();
    }
    const std::optional<Duration> timeout = std::exchange(timeout_, std::nullopt);
    if (!timeout || *timeout == Duration::max() || stopping_) return;
    timer_ = system_.clock().wake_after(*timeout,
                                        [weak = weak_from_this(), generation = timer_generation_] {
                                            if (const auto cell = weak.lock())
                                                cell->send<stage::TimeoutMessage>(generation);
                                        });
}

void StageCell::cancel_timer() {
    timeout_.reset();
    hibernate_ = false;
    if (!timer_) return;
    ++timer_generation_;
    system_.clock().cancel(*std::exchange(timer_, std::nullopt));
}

void StageCell::on_timeout(std::uint64_t generation) {
    if ((!timer_ || generation != timer_generation_) &&
        !mutated(stage::StageMutant::old_timeout_counts))
        return;  // a message was faster
    ++timer_generation_;
    timer_.reset();
    handle_timeout_now();
}

void StageCell::settle(const std::optional<Duration>& timeout, bool hibernate) {
    timeout_ = timeout;
    hibernate_ = hibernate;
    send_replies();
}

void StageCell::settle(const StopReason& reason) {
    if (mutated(stage::StageMutant::last_reply_too_early)) send_replies();
    request_stop(reason);
}

void StageCell::publish(const std::vector<std::shared_ptr<CallSlot>>& replies) {
    for (const auto& slot : replies) slot->publish();
}

void StageCell::defer_reply(std::shared_ptr<CallSlot> slot) {
    deferred_.push_back(std::move(slot));
}

void StageCell::request_stop(StopReason reason) {
    if (stopping_ && !mutated(stage::StageMutant::first_reason_lost)) return;
    stopping_ = true;
    stop_reason_ = std::move(reason);
}

void StageCell::crashed(std::string_view what) {
    for (const auto& slot : std::exchange(deferred_, {})) {
        if (mutated(stage::StageMutant::reply_survives_crash))
            slot->publish();
        else
            slot->publish_error(
                {ErrorCode::unavailable, label() + " crashed: " + std::string(what)});
    }
    request_stop(StopReason::error(std::string(what)));
}

Started StageCell::start() { return begin(); }
Started StageCell::restart() { return begin(); }

Started StageCell::begin() {
    const Turn turn(this);
    mailbox_.reopen();
    kill_.store(false, std::memory_order_relaxed);
    ++life_;
    stopping_ = false;
    stop_reason_ = {};
    bool ignored = false;
    fenced([&] {
        make_stage();
        has_stage_ = true;
        const InitResult result = init_stage();
        settle(result.timeout_after(), result.hibernates());
        ignored = result.kind() == InitResult::Kind::ignored;
        if (result.kind() != InitResult::Kind::started) request_stop(result.reason());
    });
    if (!stopping_) {
        resumed_ = false;
        living_.store(true, std::memory_order_release);
        system_.runtime().post(shared_from_this());
        return Started::running;
    }
    end_life();
    return ignored ? Started::ignored : Started::failed;
}

/// The object goes; whoever was connected to it is told.
void StageCell::end_life() {
    cancel_timer();
    crash_at_ = 0;
    if (std::exchange(has_stage_, false)) destroy_stage();
    cancel_subscriptions(stop_reason_);
    auto monitors = std::exchange(monitors_, {});
    if (mutated(stage::StageMutant::watchers_not_told)) monitors.clear();
    for (const auto& [id, watcher] : monitors) {
        watcher->send<stage::DownMessage>(Down{id, StageHandle(shared_from_this()), stop_reason_});
    }
    const auto waiters = std::exchange(stop_waiters_, {});
    for (const auto& waiter : waiters) {
        if (!waiter->claim()) continue;
        waiter->result.emplace(stop_reason_);
        waiter->publish();
    }
}

void StageCell::finish() {
    // Those of the handler that stopped the stage: sent whatever becomes of `terminate`.
    const auto replies = std::exchange(deferred_, {});
    if (stop_reason_.kind != StopReason::Kind::killed ||
        mutated(stage::StageMutant::killed_says_goodbye)) {
        fenced([this] { terminate_stage(stop_reason_); });
    }
    publish(replies);
    send_replies();
    if (stop_reason_.is_error()) {
        stage::log_stage(*this, LogLevel::error, "stage stopped", stop_reason_.to_string());
    }
    end_life();
    living_.store(false, std::memory_order_release);
    if (supervisor_ == nullptr) {
        close();
        return;
    }
    // The mailbox stays open and busy: what comes waits for the next life. The supervisor may begin
    // it on another thread as soon as it is told, so nothing of this stage is touched after that.
    const std::shared_ptr<StageCell> supervisor = supervisor_;
    supervisor->send<stage::ChildExited>(child_, shared_from_this(), stop_reason_);
}

void StageCell::close() {
    const auto refuse = [this](Message* message) {
        while (message != nullptr) {
            std::unique_ptr<Message> owned(message);
            message = message->next;
            if (!mutated(stage::StageMutant::messages_dropped_at_end)) owned->refused(stop_reason_);
        }
    };
    supervisor_.reset();
    supervised_.store(false, std::memory_order_relaxed);
    drop_leftovers();
    system_.forget(*this);
    refuse(std::exchange(local_, nullptr));
    refuse(mailbox_.close());
    send_replies();
}

void StageCell::abandon(const StopReason& reason) {
    if (!is_alive()) return;
    stopping_ = true;
    stop_reason_ = reason;
    living_.store(false, std::memory_order_release);
    end_life();
    close();
}

void StageCell::kill() {
    kill_.store(true, std::memory_order_release);
    send<stage::WakeMessage>();
}

void StageCell::supervise(std::shared_ptr<StageCell> supervisor, std::uint64_t child) {
    supervisor_ = std::move(supervisor);
    child_ = child;
    supervised_.store(true, std::memory_order_relaxed);
}

void StageCell::add_monitor(MonitorId id, std::shared_ptr<StageCell> watcher) {
    monitors_.emplace_back(id, std::move(watcher));
}

void StageCell::remove_monitor(MonitorId id) {
    std::erase_if(monitors_, [id](const auto& monitor) {
        return monitor.first == id || mutated(stage::StageMutant::demonitor_forgets_all);
    });
}

void StageCell::add_stop_waiter(std::shared_ptr<TypedCallSlot<StopReason>> waiter) {
    stop_waiters_.push_back(std::move(waiter));
}

}  // namespace quantum::detail
