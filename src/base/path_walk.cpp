#include "base/path_walk.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/base_mutant.hpp"

namespace quantum::base {
namespace {

constexpr mode_t written_by_others = S_IWGRP | S_IWOTH;
constexpr int most_links = 40;  // as the kernel
constexpr int most_tries = 20;  // where a name changes hands while it is opened

std::string errno_words(int error) { return std::generic_category().message(error); }

std::string octal_mode(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

std::string_view kind_words(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISLNK(mode)) return "a symbolic link";
    return "a device";
}

/// "is owned by uid 1000; it must be owned by root", where it is neither root's nor `user`'s.
std::string owner_fault(const struct stat& status, uid_t user) {
    if (status.st_uid == 0 || status.st_uid == user) return {};
    return "is owned by uid " + std::to_string(status.st_uid) + "; it must be owned by root" +
           (user != 0 ? " or by uid " + std::to_string(user) : "");
}

std::string directory_fault(const struct stat& status, uid_t user) {
    if (std::string fault = owner_fault(status, user);
        !fault.empty() && !mutated(BaseMutant::directory_owner_not_asked)) {
        return fault;
    }
    // In a sticky directory nobody can replace what belongs to somebody else.
    if ((status.st_mode & written_by_others) != 0 &&
        ((status.st_mode & S_ISVTX) == 0 || mutated(BaseMutant::sticky_directory_distrusted)) &&
        !mutated(BaseMutant::open_directory_trusted)) {
        return "is writable by users other than its owner (mode " + octal_mode(status.st_mode) +
               ")";
    }
    return {};
}

bool is_open_to_others(const struct stat& directory) {
    return (directory.st_mode & written_by_others) != 0;
}

/// The parts of a path, the last one first; a final "/" is a part ".".
void push_parts(std::vector<std::string>& parts, const std::string& path) {
    std::size_t end = path.size();
    if (path.ends_with('/')) parts.emplace_back(".");
    while (end > 0) {
        const std::size_t slash = path.rfind('/', end - 1);
        const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
        if (begin < end) parts.push_back(path.substr(begin, end - begin));
        if (slash == std::string::npos) break;
        end = slash;
    }
}

std::string absolute_path(const std::string& path) {
    if (path.starts_with('/')) return path;
    std::array<char, PATH_MAX> here{};
    if (getcwd(here.data(), here.size()) == nullptr) return {};
    return std::string(here.data()) + '/' + path;
}

}  // namespace

PathRules own_rules() {
    const uid_t user = geteuid();
    return {.user = user, .asks_owners = user == 0};
}

/// On its way from `/`: the directories that it has come through are open, the next part is looked
/// up in the last of them.
class PathWalk {
public:
    PathWalk(const std::string& path, const PathRules& rules, bool makes)
        : found_(path, rules), makes_(makes) {}

    /// At a directory, where the path is one by its form; else at its last part.
    [[nodiscard]] Result<FoundPath> to_last() {
        if (Status begun = begin(); !begun) return tl::unexpected(std::move(begun).error());
        while (!parts_.empty()) {
            const std::string part = std::exchange(parts_.back(), {});
            parts_.pop_back();
            auto goes_on = step(part);
            if (!goes_on) return tl::unexpected(std::move(goes_on).error());
            if (!*goes_on) {
                found_.name_ = part;
                break;
            }
        }
        found_.directory_ = std::move(stack_.back().descriptor);
        found_.in_open_directory_ = why_nothing_is_made();
        return std::move(found_);
    }

private:
    struct Level {
        FileDescriptor descriptor;  // O_PATH
        std::string name;
        struct stat status {};
    };

    Status begin() {
        const std::string path = absolute_path(found_.path_);
        if (path.empty() || found_.path_.empty() || path.find('\0') != std::string::npos) {
            return tl::unexpected(missing("no such path", ENOENT));
        }
        push_parts(parts_, path);
        return enter("", FileDescriptor(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)));
    }

    /// True: through the part to the next one. False: it is the last, whatever it is.
    Result<bool> step(const std::string& part) {
        if (part == ".") return true;
        if (part == "..") {
            if (stack_.size() > 1) stack_.pop_back();
            return true;
        }
        FileDescriptor node = look_up(part);
        if (!node && errno == ENOENT && parts_.empty() && !makes_) return false;
        if (!node && errno == ENOENT && makes_) {
            if (Status made = make(part); !made) return tl::unexpected(std::move(made).error());
            node = look_up(part);
        }
        if (!node) return tl::unexpected(missing(shown(part), errno));
        struct stat status {};
        if (fstat(node.get(), &status) != 0) return tl::unexpected(missing(shown(part), errno));
        if (S_ISLNK(status.st_mode)) {
            if (parts_.empty() && !found_.rules_.follows_last_link) return false;
            if (Status followed = follow(part, node.get(), status); !followed) {
                return tl::unexpected(std::move(followed).error());
            }
            return true;
        }
        if (S_ISDIR(status.st_mode) && (!parts_.empty() || makes_)) {
            if (Status entered = enter(part, std::move(node)); !entered) {
                return tl::unexpected(std::move(entered).error());
            }
            return true;
        }
        if (!parts_.empty() || makes_) return tl::unexpected(missing(shown(part), ENOTDIR));
        return false;
    }

    [[nodiscard]] FileDescriptor look_up(const std::string& part) const {
        return FileDescriptor(
            openat(stack_.back().descriptor.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    }

    Status enter(const std::string& part, FileDescriptor directory) {
        Level level{std::move(directory), part};
        if (!level.descriptor || fstat(level.descriptor.get(), &level.status) != 0) {
            return tl::unexpected(missing(shown(part), errno));
        }
        const std::string fault = found_.rules_.asks_owners
                                      ? directory_fault(level.status, found_.rules_.user)
                                      : std::string();
        const std::string name = part.empty() ? "/" : shown(part);
        stack_.push_back(std::move(level));
        const bool is_nearest = parts_.size() <= 1;
        if (!fault.empty() && (is_nearest || !mutated(BaseMutant::nearest_directory_only))) {
            return found_.refuse("its directory " + name + ' ' + fault);
        }
        return {};
    }

    Status follow(const std::string& part, int link, const struct stat& status) {
        if (++links_ > most_links) return tl::unexpected(missing(shown(part), ELOOP));
        if (Status allowed = may_follow(part, status); !allowed) return allowed;
        std::array<char, PATH_MAX> target{};
        const ssize_t length = readlinkat(link, "", target.data(), target.size());
        if (length <= 0 || static_cast<std::size_t>(length) == target.size()) {
            return tl::unexpected(missing(shown(part), length < 0 ? errno : ENAMETOOLONG));
        }
        const std::string path(target.data(), static_cast<std::size_t>(length));
        push_parts(parts_, path);
        if (path.starts_with('/')) stack_.resize(1);
        return {};
    }

    Status may_follow(const std::string& part, const struct stat& link) {
        const PathRules& rules = found_.rules_;
        if (!rules.asks_owners || mutated(BaseMutant::link_followed)) return {};
        const std::string what = "the symbolic link " + shown(part) + " on its way ";
        if (const std::string fault = owner_fault(link, rules.user); !fault.empty()) {
            return found_.refuse(what + fault);
        }
        const struct stat& directory = stack_.back().status;
        // Where others may make files, they may give root's link a second name of their own.
        if (is_open_to_others(directory) && link.st_nlink != 1 &&
            !mutated(BaseMutant::second_name_of_link_followed)) {
            return found_.refuse(what + "has several names, in a directory that others write to");
        }
        if (link.st_uid != 0 || directory.st_uid != 0) found_.led_by_user_ = true;
        return {};
    }

    Status make(const std::string& part) {
        if (const std::string why = why_nothing_is_made(); !why.empty()) return found_.refuse(why);
        const bool is_last = parts_.empty() || (parts_.size() == 1 && parts_.front() == ".");
        const mode_t mode = is_last ? 0700 : 0755;
        if (mkdirat(stack_.back().descriptor.get(), part.c_str(), mode) != 0 && errno != EEXIST) {
            return tl::unexpected(missing("make " + shown(part), errno));
        }
        return {};
    }

    /// A sticky directory keeps what is in it, but whoever comes first has the name.
    [[nodiscard]] std::string why_nothing_is_made() const {
        const Level& level = stack_.back();
        if (!found_.rules_.asks_owners || geteuid() != 0 || !is_open_to_others(level.status) ||
            mutated(BaseMutant::made_in_sticky_directory)) {
            return {};
        }
        return "root creates no file in " + shown("") + ", where other users can (mode " +
               octal_mode(level.status.st_mode) + "); create a directory of root's there first";
    }

    /// The path of a part of the directory that the walk has come to.
    [[nodiscard]] std::string shown(const std::string& part) const {
        std::string path;
        for (const Level& level : stack_) {
            if (!level.name.empty()) path += '/' + level.name;
        }
        if (!part.empty()) path += '/' + part;
        return path.empty() ? "/" : path;
    }

    [[nodiscard]] Error missing(const std::string& what, int error) const {
        const bool same = what == found_.path_;
        return {error == ENOENT ? ErrorCode::not_found : ErrorCode::io_error,
                found_.path_ + ": cannot open: " + (same ? "" : what + ": ") + errno_words(error)};
    }

    FoundPath found_;
    const bool makes_;
    std::vector<Level> stack_;
    std::vector<std::string> parts_;  // still to come, the next one last
    int links_ = 0;
};

tl::unexpected<Error> FoundPath::refuse(const std::string& why) const {
    return fail(ErrorCode::io_error, path_ + ": " + why);
}

Result<FoundPath> FoundPath::find(const std::string& path, const PathRules& rules) {
    auto found = PathWalk(path, rules, false).to_last();
    if (!found) return found;
    if (Status looked = found->look(); !looked) return tl::unexpected(std::move(looked).error());
    return found;
}

/// What stands under the name now.
Status FoundPath::look() {
    node_.reset();
    if (name_.empty()) return refuse("is a directory, not a regular file");
    node_.reset(openat(directory_.get(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!node_ && errno == ENOENT) return {};
    if (!node_ || fstat(node_.get(), &status_) != 0) {
        return refuse("cannot open: " + errno_words(errno));
    }
    return {};
}

Status FoundPath::check_file(const struct stat& status) const {
    if (S_ISLNK(status.st_mode)) return refuse("is a symbolic link; name the file itself");
    if (!S_ISREG(status.st_mode)) {
        return refuse("is " + std::string(kind_words(status.st_mode)) + ", not a regular file");
    }
    if (!rules_.asks_owners) return {};
    if (const std::string fault = owner_fault(status, rules_.user);
        !fault.empty() && !mutated(BaseMutant::owner_not_asked)) {
        return refuse(fault);
    }
    if (led_by_user_ && geteuid() == 0 && status.st_uid != rules_.user &&
        !mutated(BaseMutant::link_of_user_leads_anywhere)) {
        return refuse("a link of uid " + std::to_string(rules_.user) +
                      " leads to a file that is not that user's");
    }
    if ((status.st_mode & (mutated(BaseMutant::group_may_write) ? S_IWOTH : written_by_others)) !=
        0) {
        return refuse("is writable by users other than its owner (mode " +
                      octal_mode(status.st_mode) + "); fix it with chmod go-w");
    }
    if (status.st_nlink != 1 && !mutated(BaseMutant::second_name_trusted)) {
        return refuse("has " + std::to_string(status.st_nlink) +
                      " hard links; it must have only one");
    }
    return {};
}

Result<FileDescriptor> FoundPath::open_file(int flags) {
    for (int attempt = 0; attempt < most_tries; ++attempt) {
        if (!exists()) {
            return fail(ErrorCode::not_found, path_ + ": cannot open: " + errno_words(ENOENT));
        }
        // Before it is opened at all: to open a device may already do something.
        if (Status fits = check_file(status_); !fits) {
            return tl::unexpected(std::move(fits).error());
        }
        FileDescriptor file(openat(directory_.get(), name_.c_str(),
                                   flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        const int error = errno;
        struct stat opened {};
        if (file && fstat(file.get(), &opened) == 0 &&
            ((opened.st_dev == status_.st_dev && opened.st_ino == status_.st_ino) ||
             mutated(BaseMutant::opened_file_not_looked_at))) {
            status_ = opened;
            if (Status fits = check_file(status_);
                !fits && !mutated(BaseMutant::opened_file_not_looked_at)) {
                return tl::unexpected(std::move(fits).error());
            }
            return file;
        }
        if (!file && error != ENOENT && error != ELOOP) {
            return refuse("cannot open: " + errno_words(error));
        }
        // Somebody who may has put another one in its place.
        if (Status looked = look(); !looked) return tl::unexpected(std::move(looked).error());
    }
    return refuse("is replaced over and over again");
}

Result<FileDescriptor> FoundPath::make_file(int flags, mode_t mode) {
    if (!in_open_directory_.empty()) return refuse(in_open_directory_);
    if (name_.empty()) return refuse("is a directory, not a regular file");
    FileDescriptor file(openat(directory_.get(), name_.c_str(),
                               flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, mode));
    if (!file && errno == EEXIST)
        return fail(ErrorCode::already_exists, path_ + ": already exists");
    if (!file || fstat(file.get(), &status_) != 0) return refuse(errno_words(errno));
    return file;
}

Result<FileDescriptor> FoundPath::open_or_make_file(int flags, mode_t mode) {
    for (int attempt = 0;; ++attempt) {
        auto file = exists() ? open_file(flags) : make_file(flags, mode);
        if (file || attempt == most_tries) return file;
        const ErrorCode code = file.error().code;
        if (code != ErrorCode::not_found && code != ErrorCode::already_exists) return file;
        if (Status looked = look(); !looked) return tl::unexpected(std::move(looked).error());
    }
}

int FoundPath::rename(const std::string& from, const std::string& to) const {
    return renameat(directory(), from.c_str(), directory(), to.c_str()) == 0 ? 0 : errno;
}

int FoundPath::link(const std::string& from, const std::string& to) const {
    return linkat(directory(), from.c_str(), directory(), to.c_str(), 0) == 0 ? 0 : errno;
}

int FoundPath::remove(const std::string& name) const {
    return unlinkat(directory(), name.c_str(), 0) == 0 ? 0 : errno;
}

Result<FileDescriptor> open_directory(const std::string& path, const PathRules& rules, bool make) {
    // With a part "." at its end the last one is walked through as those before it are.
    auto found = PathWalk(path.empty() ? path : make ? path : path + "/.", rules, make).to_last();
    if (!found) return tl::unexpected(std::move(found).error());
    FileDescriptor directory(
        openat(found->directory(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!directory) return fail(ErrorCode::io_error, path + ": " + errno_words(errno));
    return directory;
}

int sync_names(int directory) {
    // What was only found cannot be synced.
    const FileDescriptor opened(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened && fsync(opened.get()) == 0 ? 0 : errno;
}

}  // namespace quantum::base
