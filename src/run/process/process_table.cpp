#include "run/process/process_table.hpp"

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>

#include <dirent.h>
#include <unistd.h>

namespace quantum::run {

namespace {

std::string environment_of(pid_t pid) {
    // What the kernel lets a process have, arguments and environment together.
    constexpr std::size_t longest = std::size_t{6} * 1024 * 1024;
    return base::read_kernel_file(base::proc_path(pid, "environ"), longest);
}

std::string value_in(const std::string& environment, std::string_view variable) {
    for (std::size_t at = environment.find(variable); at != std::string::npos;
         at = environment.find(variable, at + 1)) {
        if (at == 0 || environment[at - 1] == '\0') {
            return environment.c_str() + at + variable.size();
        }
    }
    return {};
}

Belonging belonging_in(const std::string& environment) {
    return {value_in(environment, "QUANTUM_EXECUTION_ID="),
            value_in(environment, "QUANTUM_SCHEDULER=")};
}

/// Those that stand in one line of /proc/PID/status after `name`, which begins with a newline.
std::vector<unsigned> numbers_in_status(pid_t pid, std::string_view name) {
    std::vector<unsigned> numbers;
    const std::string text = base::read_kernel_file(base::proc_path(pid, "status"), 4096);
    const std::size_t line = text.find(name);
    if (line == std::string::npos) return numbers;
    const std::size_t begin = line + name.size();
    std::istringstream words(text.substr(begin, text.find('\n', begin) - begin));
    for (unsigned number = 0; words >> number;) numbers.push_back(number);
    return numbers;
}

}  // namespace

std::optional<std::vector<base::Process>> read_processes() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
    if (!directory) return std::nullopt;
    std::vector<base::Process> processes;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
        const dirent* entry = readdir(directory.get());
        if (entry == nullptr) return processes;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        const base::Process process = base::read_process(pid);
        if (process.state != 'X' && pid != getpid()) processes.push_back(process);
    }
}

std::optional<Belonging> belonging_now(pid_t pid) {
    const std::string environment = environment_of(pid);
    if (environment.empty()) return std::nullopt;
    return belonging_in(environment);
}

bool is_executing(pid_t pid) {
    const base::Process process = base::read_process(pid);
    // A thread of the kernel never has any.
    return process.lives() && !process.of_kernel &&
           base::read_kernel_file(base::proc_path(pid, "cmdline"), 1).empty();
}

std::optional<uid_t> user_of(pid_t pid) {
    // Real, effective, saved, of the file system.
    const std::vector<unsigned> users = numbers_in_status(pid, "\nUid:");
    if (users.empty()) return std::nullopt;
    return static_cast<uid_t>(users.front());
}

std::optional<pid_t> innermost_pid(pid_t pid) {
    const std::vector<unsigned> pids = numbers_in_status(pid, "\nNSpid:");
    if (pids.empty()) return std::nullopt;
    return static_cast<pid_t>(pids.back());
}

}  // namespace quantum::run
