#pragma once

#include <cstddef>

#include "quantum/clock.hpp"

namespace quantum {

/// The threads on which functions run. They are started when there is work.
struct FunctionThreads {
    /// How many are kept once started; 0: the number of processors.
    std::size_t kept = 0;
    /// How many there may be while functions block those there are; at least `kept`.
    std::size_t most = 512;
    /// How long work waits while all threads are blocked before another one is started.
    Duration patience = std::chrono::milliseconds(10);
    /// How long a thread beyond `kept` waits for work before it ends.
    Duration idle = std::chrono::seconds(10);
};

}  // namespace quantum
