#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantum/result.hpp"
#include "quantum/runtime.hpp"
#include "quantum/storage/sqlite.hpp"

#include "base/event_loop.hpp"
#include "stage/asio_runtime.hpp"

namespace quantum::daemon {

/// The persistent state of a daemon: jobs and ledger in a state directory, and a thread for storing
/// them.
///
/// Thread-safety: that of its parts; created and destroyed by one thread.
class DurableState {
public:
    /// `new_ledger` and errors: see `SqliteStorage::open`.
    [[nodiscard]] static Result<std::unique_ptr<DurableState>> open(
        const std::filesystem::path& directory, bool new_ledger = false);
    /// The scheduler that uses it must have stopped.
    ~DurableState();
    DurableState(const DurableState&) = delete;
    DurableState& operator=(const DurableState&) = delete;

    [[nodiscard]] SqliteStorage& storage() { return *storage_; }
    [[nodiscard]] const SqliteStorage& storage() const { return *storage_; }
    [[nodiscard]] Runtime& runtime() { return runtime_; }
    [[nodiscard]] base::EventLoop& loop() { return loop_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    /// True if this is the first start since the boot of the machine; for process 1, whose machine
    /// is a container, every start is.
    [[nodiscard]] bool is_first_since_boot() const;

private:
    DurableState(std::filesystem::path directory, std::unique_ptr<SqliteStorage> storage,
                 std::string boot);

    const std::filesystem::path directory_;
    const std::unique_ptr<SqliteStorage> storage_;
    const std::string boot_;
    base::EventLoop loop_;
    stage::AsioRuntime runtime_;
};

}  // namespace quantum::daemon
