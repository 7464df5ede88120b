#pragma once

#include "quantum/storage/storage.hpp"

namespace quantum {

/// Keeps nothing: no jobs, no ledger, no watermark. Telemetry is all that is left of a run.
///
/// Thread-safety: has no state.
class NoopStorage final : public Storage {
public:
    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;
    [[nodiscard]] bool keeps_ledger() const override { return false; }
};

}  // namespace quantum
