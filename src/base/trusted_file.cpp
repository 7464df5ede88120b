#include "base/trusted_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base_mutant.hpp"
#include "base/path_walk.hpp"

namespace quantum::base {
namespace {

std::string_view special_kind(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

Result<FileDescriptor> open_of_anybody(const std::string& path) {
    const auto refuse = [&path](const std::string& why) {
        return fail(ErrorCode::io_error, path + ": " + why);
    };
    // O_NONBLOCK: opening a FIFO without a writer would wait for one.
    FileDescriptor file(open(
        path.c_str(),
        O_RDONLY | O_CLOEXEC | O_NOCTTY | (mutated(BaseMutant::fifo_waited_for) ? 0 : O_NONBLOCK)));
    if (!file) {
        const int error = errno;
        return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io_error,
                    path + ": cannot open: " + std::generic_category().message(error));
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        return refuse("cannot get its status: " + std::generic_category().message(errno));
    }
    if (S_ISREG(status.st_mode)) return file;
    return refuse("is " + std::string(special_kind(status.st_mode)) + ", not a regular file");
}

}  // namespace

Result<FileDescriptor> open_trusted(const std::string& path, FileTrust trust,
                                    std::optional<uid_t> user) {
    if (trust == FileTrust::anybody) return open_of_anybody(path);
    PathRules rules;
    if (trust != FileTrust::root) rules.user = geteuid() == 0 ? user.value_or(0) : geteuid();
    auto found = FoundPath::find(path, rules);
    if (!found) return tl::unexpected(std::move(found).error());
    auto file = found->open_file(O_RDONLY);
    if (!file || trust != FileTrust::secret) return file;
    const mode_t mode = found->status().st_mode;
    if ((mode & S_IRWXO) != 0 && !mutated(BaseMutant::secret_for_everybody)) {
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
        return fail(ErrorCode::io_error, path + ": is world-readable (mode " + text.data() +
                                             "), but contains secrets; fix it with chmod 600");
    }
    return file;
}

}  // namespace quantum::base
