#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantum/result.hpp"
#include "quantum/runtime.hpp"
#include "quantum/storage/sqlite.hpp"

#include "base/event_loop.hpp"
#include "stage/asio_runtime.hpp"

namespace quantum {

/// What a daemon keeps between its lives: jobs and ledger in a state directory, and a thread on
/// which they are stored.
///
/// Thread-safety: as the parts; made and destroyed by one thread.
class DurableState {
public:
    /// `new_ledger` and errors: as of `SqliteStorage::open`.
    [[nodiscard]] static Result<std::unique_ptr<DurableState>> open(
        const std::filesystem::path& directory, bool new_ledger = false);
    /// The scheduler that stores here must have stopped.
    ~DurableState();
    DurableState(const DurableState&) = delete;
    DurableState& operator=(const DurableState&) = delete;

    [[nodiscard]] SqliteStorage& storage() { return *storage_; }
    [[nodiscard]] const SqliteStorage& storage() const { return *storage_; }
    [[nodiscard]] Runtime& runtime() { return runtime_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    /// True if this is the first life since the boot of the machine; for process 1, whose machine
    /// is a container, each life is.
    [[nodiscard]] bool is_first_since_boot() const;

private:
    DurableState(std::filesystem::path directory, std::unique_ptr<SqliteStorage> storage,
                 std::string boot);

    const std::filesystem::path directory_;
    const std::unique_ptr<SqliteStorage> storage_;
    const std::string boot_;
    EventLoop loop_;
    AsioRuntime runtime_;
};

}  // namespace quantum
