#include "config/read_file.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace quantum::config {
namespace {

constexpr std::size_t megabyte = std::size_t{1024} * 1024;

std::string reason(int error) { return std::system_category().message(error); }

std::string too_large(std::string_view path, std::size_t limit) {
    const std::string size = limit < megabyte ? std::to_string(limit / 1024) + " KiB"
                                              : std::to_string(limit / megabyte) + " MiB";
    return std::string(path) + ": larger than " + size + ", which is too large for a crontab";
}

Result<std::string> read_all(int descriptor, std::string_view path, std::size_t limit,
                             std::size_t expected) {
    std::string text;
    std::size_t filled = 0;
    text.resize(expected + 1);  // one more than expected, so that the end shows in the same read
    for (;;) {
        if (filled == text.size()) {
            text.resize(text.size() * 2);
        }
        const ssize_t count = ::read(descriptor, text.data() + filled, text.size() - filled);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(ErrorCode::io_error, std::string(path) + ": cannot read: " + reason(errno));
        }
        if (count == 0) {
            text.resize(filled);
            return text;
        }
        filled += static_cast<std::size_t>(count);
        if (filled > limit) {
            return fail(ErrorCode::invalid_argument, too_large(path, limit));
        }
    }
}

}  // namespace

Result<std::string> read_file(const std::string& path, base::FileTrust trust, std::size_t limit,
                              std::optional<std::uint32_t> user) {
    const auto file = base::open_trusted(path, trust, user);
    if (!file) {
        return tl::unexpected(file.error());
    }
    struct stat status {};
    if (::fstat(file->get(), &status) != 0) {
        return fail(ErrorCode::io_error, path + ": cannot get its status: " + reason(errno));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > limit) {
        return fail(ErrorCode::invalid_argument, too_large(path, limit));
    }
    return read_all(file->get(), path, limit, size);
}

Result<std::string> read_standard_input(std::size_t limit) {
    return read_all(STDIN_FILENO, "standard input", limit, 65536);
}

}  // namespace quantum::config
