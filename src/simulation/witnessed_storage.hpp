#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/verify.hpp"

#include "simulation/fault_plan.hpp"

namespace quantum::simulation {

/// Wraps the real storage: injects faults, and keeps its own record of what was really stored,
/// whatever the scheduler was told.
class WitnessedStorage final : public Storage {
public:
    WitnessedStorage(Clock& clock, FaultPlan& plan) : clock_(clock), plan_(plan) {}

    /// From now on, `storage` is behind it; null: the process is dead, and nothing gets through.
    void stand_before(Storage* storage) { storage_ = storage; }

    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;

    /// The storage fails from now on, until a batch is stored again.
    void begin_trouble();
    void end_trouble();

    [[nodiscard]] const std::vector<JobChange>& changes() const { return changes_; }
    [[nodiscard]] const std::vector<StepNote>& steps() const { return steps_; }
    [[nodiscard]] const std::vector<verify::WatermarkMove>& watermarks() const {
        return watermarks_;
    }
    [[nodiscard]] std::optional<WallTime> watermark() const;
    /// When it has failed so far.
    [[nodiscard]] std::vector<verify::Outage> outages() const;
    /// Why the storage behind it failed permanently; empty: it did not.
    [[nodiscard]] const std::string& refusal() const { return refusal_; }

private:
    CommitResult store(const Batch& batch);

    Clock& clock_;
    FaultPlan& plan_;
    Storage* storage_ = nullptr;
    std::uint64_t last_batch_ = 0;
    std::vector<JobChange> changes_;
    std::vector<StepNote> steps_;
    std::vector<verify::WatermarkMove> watermarks_;
    std::vector<verify::Outage> outages_;
    std::optional<WallTime> trouble_since_;
    std::string refusal_;
};

}  // namespace quantum::simulation
