#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "quantum/result.hpp"

#include "server/call.hpp"
#include "server/loop.hpp"
#include "server/mutant.hpp"

namespace quantum::server {

/// Carries questions to other threads and their answers back: at most 64 to the engine at a time,
/// each answered within 5 s one way or another, and reads of the ledger one after the other.
///
/// Used on the API's thread; what it hands out may be called on any, also after its end.
class EngineCalls {
public:
    static constexpr std::size_t most_at_once = 64;
    static constexpr std::size_t most_waiting = 1024;
    static constexpr Duration longest = std::chrono::seconds(5);

    explicit EngineCalls(std::shared_ptr<Loop> loop)
        : loop_(std::move(loop)), alive_(std::make_shared<bool>(true)) {}
    ~EngineCalls() { *alive_ = false; }
    EngineCalls(const EngineCalls&) = delete;
    EngineCalls& operator=(const EngineCalls&) = delete;

    /// `send` is given what to call with the answer; `use` gets it, unless the call has been
    /// answered meanwhile.
    template <class Answer, class Send, class Use>
    void ask(const CallRef& call, Send send, Use use) {
        const auto start = [this, call, send = std::move(send), use = std::move(use)]() mutable {
            if (call->is_answered()) return finished();
            send(std::function<void(Result<Answer>)>(
                [this, loop = loop_, alive = alive_, call, use](Result<Answer> answer) {
                    loop->post([this, alive, call, use,
                                answer = std::make_shared<Result<Answer>>(std::move(answer))] {
                        if (!*alive) return;
                        finished();
                        if (!call->is_answered()) use(call, std::move(*answer));
                    });
                }));
        };
        if (!begin(start)) return refuse(call);
        loop_->after(longest, [waiting = std::weak_ptr<Call>(call)] {
            const CallRef late = waiting.lock();
            if (late == nullptr || mutated(ServerMutant::call_waits_for_ever)) return;
            late->fail(ProblemKind::timed_out,
                       "The scheduler did not answer within 5 s. Repeat the request with the same "
                       "Idempotency-Key to learn what became of it.");
        });
    }

    /// `work` is called on the reading thread, `use` with its result on this one.
    template <class Answer, class Work, class Use>
    void read(const CallRef& call, Work work, Use use) {
        const bool is_taken = loop_->read([loop = loop_, alive = alive_, call,
                                           work = std::move(work), use = std::move(use)]() mutable {
            auto answer = std::make_shared<Result<Answer>>(work());
            loop->post([alive, call, use, answer] {
                if (*alive && !call->is_answered()) use(call, std::move(*answer));
            });
        });
        if (!is_taken) refuse(call);
    }

    [[nodiscard]] const std::shared_ptr<Loop>& loop() const { return loop_; }

private:
    /// False: too many wait.
    [[nodiscard]] bool begin(std::function<void()> start);
    void finished();
    static void refuse(const CallRef& call);

    const std::shared_ptr<Loop> loop_;
    const std::shared_ptr<bool> alive_;  // read and written on the API's thread only
    std::size_t under_way_ = 0;
    std::deque<std::function<void()>> waiting_;
};

}  // namespace quantum::server
