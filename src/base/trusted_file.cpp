#include "base/trusted_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/base_mutant.hpp"

namespace quantum {
namespace {

constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
    return fail(ErrorCode::io_error, path + ": " + why);
}

std::string_view kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

std::string mode_text(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

/// "its owner is uid 1000; it must be root's", where it is neither root's nor `user`'s.
std::string owner_problem(const struct stat& status, uid_t user) {
    if (status.st_uid == 0 || status.st_uid == user) return {};
    return "belongs to uid " + std::to_string(status.st_uid) + "; it must belong to root" +
           (user != 0 ? " or to uid " + std::to_string(user) : "");
}

Status check_file(const std::string& path, const struct stat& status, FileTrust trust) {
    const uid_t user = trust == FileTrust::secret ? geteuid() : 0;
    if (const std::string problem = owner_problem(status, user);
        !problem.empty() && !mutated(BaseMutant::owner_not_asked)) {
        return refuse(path, problem);
    }
    if ((status.st_mode & (mutated(BaseMutant::group_may_write) ? S_IWOTH : writable_by_others)) !=
        0) {
        return refuse(path, "is writable by others than its owner (mode " +
                                mode_text(status.st_mode) + "); chmod go-w would mend that");
    }
    if (trust == FileTrust::secret && (status.st_mode & S_IRWXO) != 0 &&
        !mutated(BaseMutant::secret_for_everybody)) {
        return refuse(path, "can be read by everybody (mode " + mode_text(status.st_mode) +
                                "), but holds secrets; chmod 600 would mend that");
    }
    if (status.st_nlink != 1 && !mutated(BaseMutant::second_name_trusted)) {
        return refuse(path, "has " + std::to_string(status.st_nlink) +
                                " hard links; it must have one name only");
    }
    return check_directories(path, user);
}

}  // namespace

Status check_directories(const std::string& path, uid_t user) {
    const std::size_t slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::unique_ptr<char, void (*)(void*)> real(realpath(parent.c_str(), nullptr), free);
    if (!real) return refuse(parent, "cannot find the directory: " + reason(errno));
    std::string directory = real.get();
    for (;;) {
        struct stat status {};
        if (lstat(directory.c_str(), &status) != 0) {
            return refuse(directory, "cannot read its state: " + reason(errno));
        }
        if (const std::string problem = owner_problem(status, user);
            !problem.empty() && !mutated(BaseMutant::directory_owner_not_asked)) {
            return refuse(path, "its directory " + directory + ' ' + problem);
        }
        // In a sticky directory nobody can replace what belongs to somebody else.
        if ((status.st_mode & writable_by_others) != 0 &&
            ((status.st_mode & S_ISVTX) == 0 || mutated(BaseMutant::sticky_directory_distrusted)) &&
            !mutated(BaseMutant::open_directory_trusted)) {
            return refuse(path, "its directory " + directory +
                                    " is writable by others than its owner (mode " +
                                    mode_text(status.st_mode) + ")");
        }
        if (directory == "/" || mutated(BaseMutant::nearest_directory_only)) return {};
        directory.erase(std::max<std::size_t>(directory.rfind('/'), 1));
    }
}

Result<FileDescriptor> open_trusted(const std::string& path, FileTrust trust) {
    const int link =
        trust == FileTrust::anybody || mutated(BaseMutant::link_followed) ? 0 : O_NOFOLLOW;
    // O_NONBLOCK: opening a FIFO without a writer would wait for one.
    FileDescriptor file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC |
                               (mutated(BaseMutant::fifo_waited_for) ? 0 : O_NONBLOCK) | O_NOCTTY |
                               link));
    if (!file) {
        const int error = errno;
        if (error == ELOOP && link != 0) {
            return refuse(path, "is a symbolic link; name the file itself");
        }
        return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io_error,
                    path + ": cannot open: " + reason(error));
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        return refuse(path, "cannot read its state: " + reason(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(path, "is " + std::string(kind_of(status.st_mode)) + ", not a regular file");
    }
    if (trust != FileTrust::anybody) {
        if (auto checked = check_file(path, status, trust); !checked) {
            return tl::unexpected(std::move(checked).error());
        }
    }
    return file;
}

}  // namespace quantum
