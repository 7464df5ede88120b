#include "simulation/witnessed_storage.hpp"

#include <utility>

#include "simulation/mutant.hpp"

namespace quantum::simulation {

Result<Snapshot> WitnessedStorage::load() {
    if (storage_ == nullptr) return fail(ErrorCode::unavailable, "the process is dead");
    return storage_->load();
}

CommitResult WitnessedStorage::commit(const Batch& batch) {
    if (storage_ == nullptr) return {CommitStatus::fatal, "the process is dead"};
    if (plan_.strikes(SimulatedFault::storage_failed)) {
        begin_trouble();
        if (mutated(SimulationMutant::refused_batch_is_stored)) static_cast<void>(store(batch));
        return {CommitStatus::failed, "no space left on device"};
    }
    if (plan_.strikes(SimulatedFault::storage_lost)) {
        begin_trouble();
        if (mutated(SimulationMutant::lost_answer_was_stored)) static_cast<void>(store(batch));
        return {CommitStatus::unknown, "connection lost"};
    }
    CommitResult result = store(batch);
    if (result.status == CommitStatus::done && plan_.strikes(SimulatedFault::storage_stored)) {
        begin_trouble();
        return {CommitStatus::unknown, "connection lost"};
    }
    if (result.status == CommitStatus::done) end_trouble();
    return result;
}

CommitResult WitnessedStorage::store(const Batch& batch) {
    CommitResult result = storage_->commit(batch);
    if (result.status == CommitStatus::fatal) refusal_ = result.reason;
    if (result.status != CommitStatus::done || batch.id == last_batch_) return result;
    last_batch_ = batch.id;
    changes_.insert(changes_.end(), batch.jobs.begin(), batch.jobs.end());
    steps_.insert(steps_.end(), batch.steps.begin(), batch.steps.end());
    if (batch.watermark) watermarks_.push_back({*batch.watermark, steps_.size()});
    return result;
}

void WitnessedStorage::begin_trouble() {
    if (!trouble_since_) trouble_since_ = clock_.wall_now();
}

void WitnessedStorage::end_trouble() {
    if (!trouble_since_) return;
    const WallTime since = *std::exchange(trouble_since_, std::nullopt);
    outages_.push_back({verify::OutageKind::fault, since, clock_.wall_now()});
}

std::optional<WallTime> WitnessedStorage::watermark() const {
    if (watermarks_.empty()) return std::nullopt;
    return watermarks_.back().value;
}

std::vector<verify::Outage> WitnessedStorage::outages() const {
    std::vector<verify::Outage> all = outages_;
    if (trouble_since_) all.push_back({verify::OutageKind::fault, *trouble_since_, std::nullopt});
    return all;
}

}  // namespace quantum::simulation
