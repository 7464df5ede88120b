#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <sys/types.h>

#include "quantum/result.hpp"

namespace quantum::sqlite {

/// The files in which a scheduler keeps its state: `ledger.db` with its log, `lock`, and `life`,
/// which records that there has been a ledger.
struct StatePaths {
    static constexpr const char* ledger_name = "ledger.db";
    static constexpr const char* lock_name = "lock";
    static constexpr const char* life_name = "life";

    explicit StatePaths(const std::filesystem::path& directory)
        : ledger(directory / ledger_name), lock(directory / lock_name) {}

    std::filesystem::path ledger;
    std::filesystem::path lock;
};

/// An open file descriptor, closed on destruction. Never inherited by a child.
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

/// The identity of a file in the kernel, independent of its name.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;  ///< 0: none

    [[nodiscard]] explicit operator bool() const { return inode != 0; }
    friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// The identity of an open file; none if it cannot be determined.
[[nodiscard]] FileIdentity identity_of(int descriptor);
/// The identity of what has the name `name` in the open directory, without following a symbolic
/// link; none if there is nothing.
[[nodiscard]] FileIdentity identity_of(int directory, const char* name);

/// A file in an open directory, which must stay open: SQLite is given the directory that was opened
/// and held against the rules, whatever its name leads to by now.
struct PlacedFile {
    int directory = -1;
    std::string name;
    std::filesystem::path shown;  ///< its path, for messages

    /// A path that leads through the open directory; where there is no /proc, by names.
    [[nodiscard]] std::string kernel_path() const;
};

/// Opens a state directory. Of root's every part of the way, the directory and the files in it that
/// a scheduler believes must be root's, written by nobody else. `make`: where it is missing, 0700.
/// Errors: `not_found`; `io_error` with what is wrong.
[[nodiscard]] Result<Descriptor> open_state_directory(const std::filesystem::path& directory,
                                                      bool make);

/// Creates the ledger file, accessible by its owner only, if it does not exist; removes others'
/// permissions if it does. The directory entry is on disk afterwards.
[[nodiscard]] Status prepare_file(const PlacedFile& file);

/// True if the file does not contain a ledger (any more): it does not exist, or is empty.
[[nodiscard]] bool is_blank(const PlacedFile& file);

/// Creates the file in the open directory that records that there is a ledger, and waits until it
/// is on disk.
[[nodiscard]] Status mark_life(int directory, const std::filesystem::path& path);

/// The kernel's message for `error`, with the path in front.
[[nodiscard]] tl::unexpected<Error> io_failure(const std::filesystem::path& path, int error);

}  // namespace quantum::sqlite
