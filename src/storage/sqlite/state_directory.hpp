#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/mutex.hpp"

namespace quantum::sqlite {

/// Where a scheduler keeps its state: `ledger.db` with its log beside it, and `lock`.
struct StatePaths {
    explicit StatePaths(const std::filesystem::path& directory)
        : ledger(directory / "ledger.db"), lock(directory / "lock") {}

    std::filesystem::path ledger;
    std::filesystem::path lock;
};

/// An open file descriptor, closed at the end. Never inherited by a child.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Held by the one instance that may write to a state directory, until it is destroyed or the
/// process ends in whatever way.
class InstanceLock {
public:
    /// Makes the directory (0700) where it is missing.
    /// Errors: `unavailable` where another instance holds it (the message names its process),
    /// `io_error`.
    [[nodiscard]] static Result<InstanceLock> take(const std::filesystem::path& directory);

    /// For `instance_status`, in whatever process it is called. From any thread.
    void tell_degraded(WallTime since, std::string reason) const;
    void tell_healed() const;
    void tell_bad_files(std::vector<std::string> reasons) const;

private:
    /// What the file says, each part told by another.
    struct Report {
        Mutex mutex;  // a leaf
        std::optional<WallTime> degraded_since QUANTUM_GUARDED_BY(mutex);
        std::string reason QUANTUM_GUARDED_BY(mutex);
        std::vector<std::string> bad_files QUANTUM_GUARDED_BY(mutex);
    };

    explicit InstanceLock(Descriptor file)
        : file_(std::move(file)), report_(std::make_unique<Report>()) {}
    [[nodiscard]] bool write() const QUANTUM_REQUIRES(report_->mutex);

    Descriptor file_;
    std::unique_ptr<Report> report_;
};

/// Makes the file of the ledger, readable by its owner only, where it is missing; takes away what
/// others may do with it where it is there. The directory's entry is on disk afterwards.
[[nodiscard]] Status prepare_file(const std::filesystem::path& file);

/// Waits until the names in `directory` are on disk.
[[nodiscard]] Status sync_directory(const std::filesystem::path& directory);

}  // namespace quantum::sqlite
