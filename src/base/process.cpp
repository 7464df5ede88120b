#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum::base {

std::string to_text(const ProcessKey& process) {
    return std::to_string(process.pid) + ':' + std::to_string(process.started);
}

std::optional<ProcessKey> process_from(std::string_view text) {
    ProcessKey process;
    const char* const end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, process.pid);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != ':') return std::nullopt;
    const auto started = std::from_chars(number.ptr + 1, end, process.started);
    if (started.ec != std::errc() || started.ptr != end || process.pid <= 0) return std::nullopt;
    return process;
}

ProcessKey own_process() {
    const Process own = read_process(getpid());
    return {getpid(), own.started};
}

std::string read_kernel_file(const std::string& path, std::size_t most) {
    const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4096> buffer{};
    while (file && text.size() < most) {
        const ssize_t got = read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

std::string proc_path(pid_t pid, std::string_view file) {
    return "/proc/" + std::to_string(pid) + '/' + std::string(file);
}

std::uint64_t resident_memory(pid_t pid) {
    const std::string text = read_kernel_file(proc_path(pid, "statm"), 256);
    unsigned long long pages = 0;
    if (std::sscanf(text.c_str(), "%*u %llu", &pages) != 1) return 0;
    return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Process read_process(pid_t pid) {
    Process process{.pid = pid};
    // "pid (name) state parent group session …"; the name may hold anything, parentheses and
    // newlines too.
    const std::string text = read_kernel_file(proc_path(pid, "stat"), 4096);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return process;
    constexpr unsigned kernel_thread = 0x00200000;  // PF_KTHREAD
    unsigned flags = 0;
    const int read =
        std::sscanf(text.c_str() + name_end + 1,
                    " %c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                    &process.state, &process.parent, &process.group, &process.session, &flags,
                    &process.started);
    if (read != 6) process.state = 'X';
    process.of_kernel = (flags & kernel_thread) != 0;
    return process;
}

}  // namespace quantum::base
