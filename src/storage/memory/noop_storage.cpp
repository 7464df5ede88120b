#include "quantum/storage/noop_storage.hpp"

namespace quantum {

Result<Snapshot> NoopStorage::load() { return Snapshot{}; }

CommitResult NoopStorage::commit(const Batch&) { return {}; }

}  // namespace quantum
