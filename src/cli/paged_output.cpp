#include "cli/paged_output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace quantum::cli {
namespace {

constexpr const char* usual_pager = "less -FRX";
constexpr std::size_t usual_rows = 24;

std::size_t terminal_rows() {
    if (isatty(standard_output) != 1) return 0;
    winsize size{};
    if (ioctl(standard_output, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
    return usual_rows;
}

std::string pager_command() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    const char* const asked = std::getenv("PAGER");
    return asked == nullptr ? usual_pager : asked;
}

}  // namespace

PagedOutput::PagedOutput() : rows_(terminal_rows()) {}

PagedOutput::~PagedOutput() {
    if (pipe_ >= 0) close(pipe_);
    while (pager_ > 0 && waitpid(pager_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::string& PagedOutput::text() { return paged_ ? paged_->text() : plain_.text(); }

bool PagedOutput::fits() const {
    const std::string& written = const_cast<Output&>(plain_).text();
    const auto lines = std::count(written.begin(), written.end(), '\n');
    return static_cast<std::size_t>(lines) + 1 <= rows_;
}

void PagedOutput::start_pager() {
    const std::string command = pager_command();
    std::array<int, 2> ends{};
    if (command.empty() || command == "cat" || pipe2(ends.data(), O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    std::string shell = "sh";
    std::string option = "-c";
    std::string line = command;
    std::array<char*, 4> argv{shell.data(), option.data(), line.data(), nullptr};
    const int error = posix_spawn(&pager_, "/bin/sh", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (error != 0) {
        close(ends[1]);
        pager_ = 0;
        return;
    }
    // Who quits the pager has read enough.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    pipe_ = ends[1];
    paged_ = std::make_unique<Output>(pipe_);
    paged_->text() = std::move(plain_.text());
    plain_.text().clear();
}

bool PagedOutput::flush() {
    if (paged_) return paged_->flush();
    if (rows_ == 0) return plain_.flush();
    if (fits()) return true;
    start_pager();
    return paged_ ? paged_->flush() : plain_.flush();
}

bool PagedOutput::finish() {
    if (!flush()) return static_cast<bool>(paged_);
    return paged_ ? true : plain_.flush();
}

}  // namespace quantum::cli
