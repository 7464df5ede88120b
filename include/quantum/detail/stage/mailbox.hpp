#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "quantum/detail/stage/reason.hpp"

namespace quantum::detail {

class StageCell;

/// A message to a stage. Destroyed without `deliver` if the stage is gone.
struct Message {
    Message() = default;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    virtual ~Message() = default;

    /// Called on the receiver's turn.
    virtual void deliver(StageCell& receiver) = 0;

    /// Called instead of `deliver`, on any thread, if the receiver has stopped. Must not throw.
    virtual void refused(const StopReason& reason) { static_cast<void>(reason); }

    /// False: a timeout that waits for a message continues to wait.
    [[nodiscard]] virtual bool ends_timeout() const { return true; }

    Message* next = nullptr;
};

/// Messages from many senders to one receiver, in order for each sender.
///
/// Also keeps track of whether the receiver has a turn pending, so that exactly one `Runtime::post`
/// is made each time the mailbox becomes non-empty.
///
/// Thread-safety: `push` may be called from any thread, everything else by the receiver. Lock-free:
/// a stack that the receiver takes as a whole and reverses.
class Mailbox {
public:
    enum class Pushed { queued, wakes, refused };

    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() { drop(take_all()); }

    /// `wakes`: the caller must give the receiver a turn. `refused`: the caller keeps the message.
    Pushed push(Message* message) {
        std::uintptr_t head = head_.load(std::memory_order_acquire);
        do {
            if (head == closed) return Pushed::refused;
            message->next = head <= idle ? nullptr : to_message(head);
        } while (!head_.compare_exchange_weak(head, to_word(message), std::memory_order_acq_rel,
                                              std::memory_order_acquire));
        return head == idle ? Pushed::wakes : Pushed::queued;
    }

    /// Takes all waiting messages, oldest first; null if there are none. The turn stays taken.
    [[nodiscard]] Message* take_all() {
        std::uintptr_t head = head_.load(std::memory_order_relaxed);
        if (head <= closed) return nullptr;
        return reversed(head_.exchange(busy, std::memory_order_acq_rel));
    }

    /// Gives the turn back if no message is waiting. After true, the receiver may be running
    /// elsewhere.
    [[nodiscard]] bool try_idle() {
        std::uintptr_t expected = busy;
        return head_.compare_exchange_strong(expected, idle, std::memory_order_acq_rel,
                                             std::memory_order_acquire);
    }

    /// Rejects all further messages; returns those that were waiting, oldest first.
    [[nodiscard]] Message* close() {
        return reversed(head_.exchange(closed, std::memory_order_acq_rel));
    }

    /// Accepts messages again, for a receiver that is not running. No-op if it is open.
    void reopen() {
        std::uintptr_t expected = closed;
        head_.compare_exchange_strong(expected, busy, std::memory_order_acq_rel);
    }

    [[nodiscard]] bool is_closed() const { return head_.load(std::memory_order_acquire) == closed; }

    static void drop(Message* message) {
        while (message != nullptr) {
            std::unique_ptr<Message> owned(message);
            message = message->next;
        }
    }

private:
    // Values that are not the address of any message. A mailbox starts busy, because its receiver
    // is not yet running.
    static constexpr std::uintptr_t busy = 0;
    static constexpr std::uintptr_t idle = 1;
    static constexpr std::uintptr_t closed = 2;

    static std::uintptr_t to_word(Message* message) {
        return reinterpret_cast<std::uintptr_t>(message);
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the word was made from a pointer by `to_word`
    static Message* to_message(std::uintptr_t word) { return reinterpret_cast<Message*>(word); }

    static Message* reversed(std::uintptr_t head) {
        if (head <= closed) return nullptr;
        Message* out = nullptr;
        for (Message* message = to_message(head); message != nullptr;) {
            Message* next = message->next;
            message->next = out;
            out = message;
            message = next;
        }
        return out;
    }

    std::atomic<std::uintptr_t> head_{busy};
};

}  // namespace quantum::detail
