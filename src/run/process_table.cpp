#include "run/process_table.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum {

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

Process read_process(pid_t pid) {
    Process process{.pid = pid};
    // "pid (name) state parent group session …"; the name may hold anything, parentheses and
    // newlines too.
    const std::string text = read_kernel_file(proc_path(pid, "stat"), 4096);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return process;
    const int read = std::sscanf(
        text.c_str() + name_end + 1,
        " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
        &process.state, &process.parent, &process.group, &process.session, &process.started);
    if (read != 5) process.state = 'X';
    return process;
}

std::optional<std::vector<Process>> read_processes() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
    if (!directory) return std::nullopt;
    std::vector<Process> processes;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
        const dirent* entry = readdir(directory.get());
        if (entry == nullptr) return processes;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        const Process process = read_process(pid);
        if (process.state != 'X' && pid != getpid()) processes.push_back(process);
    }
}

std::string execution_named_by(pid_t pid) {
    constexpr std::string_view variable = "QUANTUM_EXECUTION_ID=";
    // What the kernel lets a process have, arguments and environment together.
    constexpr std::size_t longest_environment = std::size_t{6} * 1024 * 1024;
    const std::string text = read_kernel_file(proc_path(pid, "environ"), longest_environment);
    for (std::size_t at = text.find(variable); at != std::string::npos;
         at = text.find(variable, at + 1)) {
        if (at == 0 || text[at - 1] == '\0') return text.c_str() + at + variable.size();
    }
    return {};
}

}  // namespace quantum
