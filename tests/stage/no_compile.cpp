// Compiled twice by the tests: as it is it must compile, with QUANTUM_TEST_EMITS it must not.
#include "quantum/stage.hpp"

class Sink : public quantum::Consumer<int> {
public:
    quantum::Reaction<> handle_events(std::vector<int> events,
                                      const quantum::Subscription&) override {
#ifdef QUANTUM_TEST_EMITS
        return emit(std::move(events));  // a consumer that returns events
#else
        static_cast<void>(events);
        return none();
#endif
    }
#ifdef QUANTUM_TEST_REACTION
    quantum::Reaction<> handle_cast(int event) {
        return quantum::Reaction<>(std::vector<int>{event});  // the same by hand
    }
#endif
};

quantum::Result<quantum::StageRef<Sink>> start(quantum::StageSystem& stages) {
    return stages.start<Sink>();
}
