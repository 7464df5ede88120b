#pragma once

#include <optional>
#include <string>

#include <sys/stat.h>
#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::base {

/// Who may own the components of a path.
struct PathRules {
    /// Besides root. A link owned by this user may lead only to files owned by this user, unless
    /// this process has no other privileges anyway.
    uid_t user = 0;
    /// False: only types are checked, not owners and modes.
    bool asks_owners = true;
    /// False: the last component must not be a symbolic link.
    bool follows_last_link = true;
};

/// The rules for files that this process reads or writes for itself: as root, everything must be
/// owned by root. Other users have no privileges that somebody could gain, so only types are
/// checked.
[[nodiscard]] PathRules own_rules();

/// A name in a directory that was reached from `/` one component at a time, each opened without
/// following links (O_PATH | O_NOFOLLOW) and checked before anything is looked up in it. Files are
/// opened, created, renamed and removed relative to that directory: whoever cannot write to it
/// cannot change what the name refers to.
///
/// A component must be owned by root (or the user), and a directory must not be writable by anyone
/// else, unless it is sticky; nothing is created in a sticky directory then. A symbolic link and
/// the directory that contains it are checked in the same way before the link is followed.
///
/// Not thread-safe.
class FoundPath {
public:
    /// The last component need not exist.
    ///
    /// Errors name the path and the component: `not_found` if a directory is missing, `io_error` if
    /// a rule is violated.
    [[nodiscard]] static Result<FoundPath> find(const std::string& path, const PathRules& rules);

    /// Whether the name existed when it was last looked at.
    [[nodiscard]] bool exists() const { return static_cast<bool>(node_); }
    [[nodiscard]] const struct stat& status() const { return status_; }
    [[nodiscard]] int directory() const { return directory_.get(); }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Opens the existing file with these flags of `open`, without blocking. The file that is
    /// opened is the one that was checked: a regular file with one name.
    /// Errors: `not_found`, `io_error`.
    [[nodiscard]] Result<FileDescriptor> open_file(int flags);
    /// Opens the file, creating it if it does not exist.
    [[nodiscard]] Result<FileDescriptor> open_or_make_file(int flags, mode_t mode);
    /// Creates the file. Error: `already_exists`.
    [[nodiscard]] Result<FileDescriptor> make_file(int flags, mode_t mode);

    /// Renames `from` to `to`, both in this directory. Returns an errno, 0 on success.
    [[nodiscard]] int rename(const std::string& from, const std::string& to) const;
    /// Gives the file another name, which must not exist. Returns an errno, 0 on success.
    [[nodiscard]] int link(const std::string& from, const std::string& to) const;
    /// Returns an errno, 0 on success.
    [[nodiscard]] int remove(const std::string& name) const;

private:
    friend class PathWalk;
    FoundPath(std::string path, const PathRules& rules) : path_(std::move(path)), rules_(rules) {}

    [[nodiscard]] Status look();
    [[nodiscard]] Status check_file(const struct stat& status) const;
    [[nodiscard]] tl::unexpected<Error> refuse(const std::string& why) const;

    std::string path_;  // as it was asked for
    PathRules rules_;
    FileDescriptor directory_;  // O_PATH
    std::string name_;          // empty: the path leads to a directory by its form
    FileDescriptor node_;       // O_PATH, of what stands under the name
    struct stat status_ {};
    std::string in_open_directory_;  // why nothing is to be made here; empty: it may
    bool led_by_user_ = false;
};

/// Walks to a directory in the same way and opens it for reading. `make`: creates missing
/// directories, the last with mode 0700 and those above it with 0755.
/// Errors: as `FoundPath::find`.
[[nodiscard]] Result<FileDescriptor> open_directory(const std::string& path, const PathRules& rules,
                                                    bool make = false);

/// Waits until the names in the directory are on disk. Returns an errno, 0 on success.
[[nodiscard]] int sync_names(int directory);

}  // namespace quantum::base
