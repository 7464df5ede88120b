#include "quantum/detail/stage/mailbox.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::detail {
namespace {

struct Numbered final : Message {
    Numbered(int s, int n) : sender(s), number(n) {}
    void deliver(StageCell&) override {}
    int sender;
    int number;
};

TEST(MailboxTest, WakesOncePerTimeItTurnsNonEmpty) {
    Mailbox mailbox;
    EXPECT_EQ(mailbox.push(new Numbered(0, 0)), Mailbox::Pushed::queued);  // not yet running
    Mailbox::drop(mailbox.take_all());
    ASSERT_TRUE(mailbox.try_idle());

    EXPECT_EQ(mailbox.push(new Numbered(0, 1)), Mailbox::Pushed::wakes);
    EXPECT_EQ(mailbox.push(new Numbered(0, 2)), Mailbox::Pushed::queued);
    EXPECT_FALSE(mailbox.try_idle());
    Mailbox::drop(mailbox.take_all());
    EXPECT_TRUE(mailbox.try_idle());
}

TEST(MailboxTest, RefusesWhatComesAfterItWasClosed) {
    Mailbox mailbox;
    mailbox.push(new Numbered(0, 0));
    Mailbox::drop(mailbox.close());
    Numbered late(0, 1);
    EXPECT_EQ(mailbox.push(&late), Mailbox::Pushed::refused);
    EXPECT_TRUE(mailbox.is_closed());
}

TEST(MailboxTest, KeepsTheOrderOfEachSenderUnderManySenders) {
    constexpr int senders = 4;
    constexpr int each = 20'000;
    Mailbox mailbox;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&mailbox, sender] {
            for (int i = 0; i < each; ++i) mailbox.push(new Numbered(sender, i));
        });
    }
    std::vector<int> next(senders, 0);
    for (int received = 0; received < senders * each;) {
        for (Message* message = mailbox.take_all(); message != nullptr; ++received) {
            const std::unique_ptr<Numbered> owned(static_cast<Numbered*>(message));
            message = message->next;
            ASSERT_EQ(owned->number, next[static_cast<std::size_t>(owned->sender)]++);
        }
        std::this_thread::yield();
    }
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(mailbox.try_idle());
}

}  // namespace
}  // namespace quantum::detail
