// Compiled once as it is, which must succeed, and once with each number below, which must not: what
// Erlang's stages check at run time the compiler checks here.
#include <string>

#include "quantum/stages/stage.hpp"

#ifndef QUANTUM_TEST_MISTAKE
#define QUANTUM_TEST_MISTAKE 0
#endif

namespace quantum {

struct Ask {
    using Reply = int;
};

class Words : public Producer<std::string> {
public:
    Reaction<std::string> handle_demand(std::size_t) override { return none(); }
#if QUANTUM_TEST_MISTAKE == 1  // events of another type than the stage's
    Reaction<int> handle_cast(int number) { return Reaction<int>(std::vector<int>{number}); }
#else
    Reaction<std::string> handle_cast(int number) { return emit_one(std::to_string(number)); }
#endif
};

class Sink : public Consumer<int> {
public:
    Reaction<> handle_events(std::vector<int> events, const Subscription&) override {
#if QUANTUM_TEST_MISTAKE == 2  // a consumer that emits
        return emit(std::move(events));
#else
        static_cast<void>(events);
        return none();
#endif
    }
#if QUANTUM_TEST_MISTAKE == 3  // the same by hand
    Reaction<> handle_info(int event) { return Reaction<>(std::vector<int>{event}); }
#endif
#if QUANTUM_TEST_MISTAKE == 4  // a handler that does not answer
    void handle_call(Ask, From<int> from) { from.reply(1); }
#elif QUANTUM_TEST_MISTAKE == 5  // an answer of another type than the request names
    Reaction<> handle_call(Ask, From<int> from) {
        from.reply("one");
        return none();
    }
#else
    Reaction<> handle_call(Ask, From<int> from) {
        from.reply(1);
        return none();
    }
#endif
};

void use(StageSystem& stages, const StageRef<Words>& words, const StageRef<Sink>& sink) {
    words.cast(1);
    static_cast<void>(sink.call(Ask{}));
#if QUANTUM_TEST_MISTAKE == 6  // a message the stage has no handler for
    words.cast(std::string("one"));
#elif QUANTUM_TEST_MISTAKE == 7   // a request it does not know
    static_cast<void>(words.call(Ask{}));
#elif QUANTUM_TEST_MISTAKE == 8   // a consumer of numbers at a producer of words
    static_cast<void>(ConsumerRef<int>(sink).subscribe(words));
#elif QUANTUM_TEST_MISTAKE == 9   // the same at its start
    static_cast<void>(stages.start<Sink>({.subscribe_to = {{words}}}));
#elif QUANTUM_TEST_MISTAKE == 10  // a consumer taken for a producer
    static_cast<void>(ProducerRef<int>(sink));
#elif QUANTUM_TEST_MISTAKE == 11  // arguments its constructor does not take
    static_cast<void>(stages.start<Sink>({}, 1));
#else
    static_cast<void>(stages.start<Sink>());
#endif
}

}  // namespace quantum
