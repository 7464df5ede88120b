#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "quantum/detail/stage/reason.hpp"

namespace quantum::detail {

class StageCell;

/// One message on its way to a stage. Destroyed without `deliver` where the stage is gone.
struct Message {
    Message() = default;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    virtual ~Message() = default;

    /// On the receiver's turn.
    virtual void deliver(StageCell& receiver) = 0;

    /// Instead of `deliver`, on any thread: the receiver stopped. Must not throw.
    virtual void refused(const StopReason& reason) { static_cast<void>(reason); }

    /// False: a time-out that waits for a message goes on waiting.
    [[nodiscard]] virtual bool ends_timeout() const { return true; }

    Message* next = nullptr;
};

/// Messages of many senders for one receiver: first in, first out for each sender.
///
/// Also knows whether the receiver has a turn pending, so that exactly one `Runtime::post` goes out
/// for each time the mailbox turns non-empty.
///
/// Thread-safety: `push` from any thread; all else by the receiver. Lock-free: a stack that the
/// receiver takes whole and reverses.
class Mailbox {
public:
    enum class Pushed { queued, wakes, refused };

    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() { drop(take_all()); }

    /// `wakes`: the caller owes the receiver a turn. `refused`: the message stays the caller's.
    Pushed push(Message* message) {
        std::uintptr_t head = head_.load(std::memory_order_acquire);
        do {
            if (head == closed) return Pushed::refused;
            message->next = head <= idle ? nullptr : to_message(head);
        } while (!head_.compare_exchange_weak(head, to_word(message), std::memory_order_acq_rel,
                                              std::memory_order_acquire));
        return head == idle ? Pushed::wakes : Pushed::queued;
    }

    /// Everything that waits, oldest first; null if nothing does. The turn stays taken.
    [[nodiscard]] Message* take_all() {
        std::uintptr_t head = head_.load(std::memory_order_relaxed);
        if (head <= closed) return nullptr;
        return reversed(head_.exchange(busy, std::memory_order_acq_rel));
    }

    /// Gives the turn back if nothing waits. After true the receiver may be running elsewhere.
    [[nodiscard]] bool try_idle() {
        std::uintptr_t expected = busy;
        return head_.compare_exchange_strong(expected, idle, std::memory_order_acq_rel,
                                             std::memory_order_acquire);
    }

    /// Refuses all further messages; gives what was waiting, oldest first.
    [[nodiscard]] Message* close() {
        return reversed(head_.exchange(closed, std::memory_order_acq_rel));
    }

    /// Takes messages again, for a receiver that is not running. Does nothing to an open one.
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
    // Values no message has as its address. A mailbox starts busy: its receiver is not yet running.
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
