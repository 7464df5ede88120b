#include "run/process_table.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum {

namespace {

std::string environment_of(pid_t pid) {
    // What the kernel lets a process have, arguments and environment together.
    constexpr std::size_t longest = std::size_t{6} * 1024 * 1024;
    return read_kernel_file(proc_path(pid, "environ"), longest);
}

std::string named_in(const std::string& environment) {
    constexpr std::string_view variable = "QUANTUM_EXECUTION_ID=";
    for (std::size_t at = environment.find(variable); at != std::string::npos;
         at = environment.find(variable, at + 1)) {
        if (at == 0 || environment[at - 1] == '\0') {
            return environment.c_str() + at + variable.size();
        }
    }
    return {};
}

/// Whether it is between two programs: the arguments and the environment of the old one are gone,
/// those of the new one not there yet. A thread of the kernel never has any.
bool is_executing(pid_t pid) {
    const Process process = read_process(pid);
    return process.lives() && !process.of_kernel &&
           read_kernel_file(proc_path(pid, "cmdline"), 1).empty();
}

}  // namespace

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
    constexpr int most_looks = 20;
    for (int look = 1;; ++look) {
        const std::string environment = environment_of(pid);
        if (!environment.empty()) return named_in(environment);
        if (look == most_looks) return {};
        // Not any more: it may have begun its program since.
        if (!is_executing(pid)) return named_in(environment_of(pid));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

}  // namespace quantum
