#include "run/http/apart_reads.hpp"

#include <chrono>
#include <utility>

#include "base/mutex.hpp"
#include "run/http/mutant.hpp"

namespace quantum::run {

/// Outlives its owner for as long as a thread hangs.
struct ApartReads::Gate {
    // No other lock of this library is taken under it but those of handing over.
    base::Mutex mutex;
    bool is_closed QUANTUM_GUARDED_BY(mutex) = false;
};

ApartReads::ApartReads() : gate_(std::make_shared<Gate>()), threads_({.lane = 2, .all = 16}) {}

bool ApartReads::submit(const std::string& lane, std::function<HandOver()> read) {
    if (mutated(HttpMutant::files_read_on_the_loop)) {
        read()();
        return true;
    }
    return threads_.submit(lane, [gate = gate_, read = std::move(read)] {
        const HandOver hand_over = read();
        const base::MutexLock lock(gate->mutex);
        if (!gate->is_closed) hand_over();
    });
}

void ApartReads::stop() {
    {
        const base::MutexLock lock(gate_->mutex);
        gate_->is_closed = true;
    }
    threads_.stop(Duration::zero());
}

}  // namespace quantum::run
