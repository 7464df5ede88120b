#pragma once

#include "quantum/storage/storage.hpp"

namespace quantum {

/// Stores nothing: no jobs, no ledger, no watermark. Runs are only visible through telemetry.
///
/// Thread-safety: has no state.
class NoopStorage final : public Storage {
public:
    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;
    [[nodiscard]] bool keeps_ledger() const override { return false; }
};

}  // namespace quantum
