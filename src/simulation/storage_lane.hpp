#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "quantum/runtime.hpp"

namespace quantum::simulation {

/// The runtime of the stage that writes to the storage: it passes on turns of another runtime, but
/// not while the storage is slow.
class StorageLane final : public Runtime {
public:
    explicit StorageLane(Runtime& turns) : turns_(turns) {}

    void post(std::shared_ptr<Runnable> work) override {
        if (slow_) {
            held_.push_back(std::move(work));
        } else {
            turns_.post(std::move(work));
        }
    }
    [[nodiscard]] Waiting waiting() const override { return turns_.waiting(); }
    bool run_one() override { return turns_.run_one(); }

    void slow_down() { slow_ = true; }
    void hurry() {
        slow_ = false;
        for (auto& work : std::exchange(held_, {})) turns_.post(std::move(work));
    }
    [[nodiscard]] bool slow() const { return slow_; }

private:
    Runtime& turns_;
    std::vector<std::shared_ptr<Runnable>> held_;
    bool slow_ = false;
};

}  // namespace quantum::simulation
