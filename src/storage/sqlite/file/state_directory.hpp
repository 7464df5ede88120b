#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <sys/types.h>

#include "quantum/result.hpp"

namespace quantum::sqlite {

/// Where a scheduler keeps its state: `ledger.db` with its log beside it, `lock`, and `life`, which
/// says that there has been a ledger.
struct StatePaths {
    static constexpr const char* ledger_name = "ledger.db";
    static constexpr const char* lock_name = "lock";
    static constexpr const char* life_name = "life";

    explicit StatePaths(const std::filesystem::path& directory)
        : ledger(directory / ledger_name), lock(directory / lock_name) {}

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

/// A file as the kernel tells it from all others, whatever its name.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;  ///< 0: none

    [[nodiscard]] explicit operator bool() const { return inode != 0; }
    friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// Of what is open; none where that cannot be told.
[[nodiscard]] FileIdentity identity_of(int descriptor);
/// Of what stands under `name` in the open directory, a symbolic link not followed; none: nothing.
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

/// Makes the file of the ledger, readable by its owner only, where it is missing; takes away what
/// others may do with it where it is there. The directory's entry is on disk afterwards.
[[nodiscard]] Status prepare_file(const PlacedFile& file);

/// True if no ledger was ever stored in the file, or is not any more: it is missing, or of no
/// bytes.
[[nodiscard]] bool is_blank(const PlacedFile& file);

/// Leaves the sign in the open directory that there is a ledger, and waits until it is on disk.
[[nodiscard]] Status mark_life(int directory, const std::filesystem::path& path);

/// The kernel's word for `error`, with the path in front.
[[nodiscard]] tl::unexpected<Error> io_failure(const std::filesystem::path& path, int error);

}  // namespace quantum::sqlite
