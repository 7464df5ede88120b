#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

namespace quantum {

class Runtime;
template <class Reply>
class From;
namespace base {
class Deadline;
}  // namespace base

namespace detail {

class StageCell;

/// Receives the reply to a call; the first one counts, later ones are dropped.
///
/// `claim` reserves the right to reply, `publish` wakes the caller. In between, a reply waits until
/// the events of its handler have been sent. Whoever waits keeps a deadline of its own and may give
/// up at any time before `publish`: what was stored by then, or is being stored, is not looked at.
class CallSlot : public std::enable_shared_from_this<CallSlot> {
public:
    CallSlot() = default;
    CallSlot(const CallSlot&) = delete;
    CallSlot& operator=(const CallSlot&) = delete;
    virtual ~CallSlot() = default;

    /// Returns true for exactly one caller, and for none after the waiting thread has given up.
    [[nodiscard]] bool claim() {
        std::uint32_t state = state_.load(std::memory_order_relaxed);
        while ((state & phases) == open) {
            if (state_.compare_exchange_weak(state, state | claimed, std::memory_order_acq_rel)) {
                return true;
            }
        }
        return false;
    }
    /// Called by whoever claimed it. No effect if the waiting thread has given up.
    void publish();
    /// Called by whoever claimed it: publishes an error instead of what was stored.
    void publish_error(Error error);
    /// Publishes an error unless a reply is already on its way.
    void fail(Error error);

    /// Waits in the way the runtime allows, until `clock` says that `timeout` has passed; zero does
    /// not wait at all. On success the reply may be read; otherwise it must not be. `what`
    /// describes what is being waited for, as in "no answer from stage 'x'".
    [[nodiscard]] Status wait(Runtime& runtime, Clock& clock, Duration timeout,
                              std::string_view what);

protected:
    virtual void store_error(Error error) = 0;
    /// Called after the reply has been published, on the thread that published it.
    virtual void answered() {}

private:
    // The state: one of these, which change in this order …
    static constexpr std::uint32_t open = 0;
    static constexpr std::uint32_t claimed = 1;
    static constexpr std::uint32_t done = 2;
    static constexpr std::uint32_t given_up = 3;
    static constexpr std::uint32_t phases = 3;
    // … and marks beside it.
    static constexpr std::uint32_t sleeps = 4;   // the waiting thread wants to be woken
    static constexpr std::uint32_t is_late = 8;  // the clock's timer has rung

    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool give_up();
    [[nodiscard]] bool drive(Runtime& runtime, const base::Deadline& deadline);
    [[nodiscard]] bool sleep(const base::Deadline& deadline);
    void remind();

    std::atomic<std::uint32_t> state_{open};
};

template <class Reply>
class TypedCallSlot final : public CallSlot {
public:
    std::optional<Result<Reply>> result;
    std::function<void(Result<Reply>)> then;  ///< for calls that do not wait

protected:
    void store_error(Error error) override { result.emplace(tl::unexpected(std::move(error))); }
    void answered() override {
        if (then) then(std::move(*result));
    }
};

/// The replying end; the call fails when the last copy of `From` is destroyed without a reply.
class ReplyPort {
public:
    ReplyPort(std::shared_ptr<CallSlot> slot, const StageCell* callee)
        : slot_(std::move(slot)), callee_(callee) {}
    ReplyPort(const ReplyPort&) = delete;
    ReplyPort& operator=(const ReplyPort&) = delete;
    ~ReplyPort();

    [[nodiscard]] CallSlot& slot() { return *slot_; }
    /// Publishes now, or once the handler that is running in the callee is done with: after its
    /// events have been sent, or after `terminate` if it stops the stage.
    void send();
    void send_now();

private:
    std::shared_ptr<CallSlot> slot_;
    const StageCell* callee_;  // compared, never dereferenced
};

/// Nothing for `void`, else one value that converts to the reply.
template <class Reply, class... Value>
concept ReplyValue = (std::is_void_v<Reply> && sizeof...(Value) == 0) ||
                     (!std::is_void_v<Reply> && sizeof...(Value) == 1 &&
                      (std::is_convertible_v<Value&&, Reply> && ...));

}  // namespace detail

/// The right to reply to one call, in the handler or later, from any thread.
///
/// A copyable handle. If the last copy is destroyed without a reply, the caller gets an error at
/// once. A reply given by a handler of the called stage is sent after the events it returns and,
/// if it stops the stage, after `terminate`. `reply_now` and `fail_now` wait for neither.
template <class Reply>
class From {
public:
    From() = default;
    explicit From(std::shared_ptr<detail::ReplyPort> port) : port_(std::move(port)) {}

    /// Returns false if there was a reply already or the caller gave up; the reply is then dropped.
    template <class... Value>
    requires detail::ReplyValue<Reply, Value...>
    bool reply(Value&&... value) const {
        if (!take(std::forward<Value>(value)...)) return false;
        port_->send();
        return true;
    }
    /// The same before the events that the handler returns; sent even if the handler then throws.
    template <class... Value>
    requires detail::ReplyValue<Reply, Value...>
    bool reply_now(Value&&... value) const {
        if (!take(std::forward<Value>(value)...)) return false;
        port_->send_now();
        return true;
    }

    /// Replies with an error.
    bool fail(Error error) const {
        if (!take_error(std::move(error))) return false;
        port_->send();
        return true;
    }
    bool fail_now(Error error) const {
        if (!take_error(std::move(error))) return false;
        port_->send_now();
        return true;
    }

private:
    bool claim() const { return port_ != nullptr && port_->slot().claim(); }
    [[nodiscard]] detail::TypedCallSlot<Reply>& slot() const {
        return static_cast<detail::TypedCallSlot<Reply>&>(port_->slot());
    }
    template <class... Value>
    bool take(Value&&... value) const {
        if (!claim()) return false;
        if constexpr (std::is_void_v<Reply>) {
            slot().result.emplace();
        } else {
            slot().result.emplace(Reply(std::forward<Value>(value)...));
        }
        return true;
    }
    bool take_error(Error&& error) const {
        if (!claim()) return false;
        slot().result.emplace(tl::unexpected(std::move(error)));
        return true;
    }
    std::shared_ptr<detail::ReplyPort> port_;
};

/// The reply type of a request: its member `Reply`.
///
///     struct CountJobs { using Reply = std::size_t; };
template <class Request>
using ReplyOf = typename Request::Reply;

}  // namespace quantum
