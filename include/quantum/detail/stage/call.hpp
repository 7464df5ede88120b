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

namespace detail {

class StageCell;

/// Where the answer to a call arrives; the first one counts, later ones are dropped.
///
/// `claim` reserves the right to answer, `publish` wakes the caller: between the two, an answer
/// waits for the events of its handler to be handed on.
class CallSlot : public std::enable_shared_from_this<CallSlot> {
public:
    CallSlot() = default;
    CallSlot(const CallSlot&) = delete;
    CallSlot& operator=(const CallSlot&) = delete;
    virtual ~CallSlot() = default;

    /// True for exactly one of all who ask.
    [[nodiscard]] bool claim() {
        std::uint32_t expected = open;
        return state_.compare_exchange_strong(expected, claimed, std::memory_order_acq_rel);
    }
    /// By whoever claimed it.
    void publish();
    /// By whoever claimed it: an error instead of what was stored.
    void publish_error(Error error);
    /// An error unless an answer is already on its way.
    void fail(Error error);

    /// Waits as the runtime allows; after `timeout` the answer is an error. `what` is being waited
    /// for, as in "no answer from stage 'x'".
    void wait(Runtime& runtime, Clock& clock, Duration timeout, std::string_view what);

protected:
    virtual void store_error(Error error) = 0;
    /// After the answer is there, on the thread that published it.
    virtual void answered() {}

private:
    static constexpr std::uint32_t open = 0;
    static constexpr std::uint32_t claimed = 1;
    static constexpr std::uint32_t done = 2;
    std::atomic<std::uint32_t> state_{open};
};

template <class Reply>
class TypedCallSlot final : public CallSlot {
public:
    std::optional<Result<Reply>> result;
    std::function<void(Result<Reply>)> then;  ///< of calls that do not wait

protected:
    void store_error(Error error) override { result.emplace(tl::unexpected(std::move(error))); }
    void answered() override {
        if (then) then(std::move(*result));
    }
};

/// The answering end; the call fails when the last copy of `From` goes without an answer.
class ReplyPort {
public:
    ReplyPort(std::shared_ptr<CallSlot> slot, const StageCell* callee)
        : slot_(std::move(slot)), callee_(callee) {}
    ReplyPort(const ReplyPort&) = delete;
    ReplyPort& operator=(const ReplyPort&) = delete;
    ~ReplyPort();

    [[nodiscard]] CallSlot& slot() { return *slot_; }
    /// Publishes now, or after the events of the handler that is running in the callee.
    void send();

private:
    std::shared_ptr<CallSlot> slot_;
    const StageCell* callee_;  // compared, never followed
};

}  // namespace detail

/// The right to answer one call, from the handler or later, from any thread.
///
/// A copyable handle. If the last copy goes away unanswered, the caller gets an error at once.
/// An answer given by a handler of the called stage goes out after the events it returns.
template <class Reply>
class From {
public:
    From() = default;
    explicit From(std::shared_ptr<detail::ReplyPort> port) : port_(std::move(port)) {}

    /// False if the call was answered already or its caller gave up: the answer is dropped.
    template <class... Value>
    requires((std::is_void_v<Reply> && sizeof...(Value) == 0) ||
             (!std::is_void_v<Reply> && sizeof...(Value) == 1 &&
              (std::is_convertible_v<Value&&, Reply> && ...))) bool reply(Value&&... value) const {
        if (!claim()) return false;
        auto& slot = static_cast<detail::TypedCallSlot<Reply>&>(port_->slot());
        if constexpr (std::is_void_v<Reply>) {
            slot.result.emplace();
        } else {
            slot.result.emplace(Reply(std::forward<Value>(value)...));
        }
        port_->send();
        return true;
    }

    /// Answers with an error.
    bool fail(Error error) const {
        if (!claim()) return false;
        auto& slot = static_cast<detail::TypedCallSlot<Reply>&>(port_->slot());
        slot.result.emplace(tl::unexpected(std::move(error)));
        port_->send();
        return true;
    }

private:
    bool claim() const { return port_ != nullptr && port_->slot().claim(); }
    std::shared_ptr<detail::ReplyPort> port_;
};

/// The answer type of a request: its member `Reply`.
///
///     struct CountJobs { using Reply = std::size_t; };
template <class Request>
using ReplyOf = typename Request::Reply;

}  // namespace quantum
