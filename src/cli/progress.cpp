#include "cli/progress.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include <unistd.h>

#include "cli/output.hpp"
#include "cli/terminal_text.hpp"

namespace quantum::cli {

Progress::Progress(std::string_view what)
    : what_(what),
      terminal_(::isatty(standard_error) == 1),
      began_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
    if (shown_ < 0) return;
    Output out(standard_error);
    out.text() = terminal_order("\r\x1b[K");
    static_cast<void>(out.flush());
}

void Progress::show(double done) {
    constexpr std::size_t width = 40;
    constexpr auto patience = std::chrono::milliseconds(500);
    if (!terminal_ || std::chrono::steady_clock::now() - began_ < patience) return;
    const int percent = static_cast<int>(std::clamp(done, 0.0, 1.0) * 100);
    if (percent == shown_) return;
    shown_ = percent;
    const std::size_t filled = width * static_cast<std::size_t>(percent) / 100;
    Output out(standard_error);
    out.text() = terminal_order("\r") + std::string(what_) + " [" + std::string(filled, '#') +
                 std::string(width - filled, '.') + "] " + std::to_string(percent) + "%";
    static_cast<void>(out.flush());  // nobody is left who could be told
}

}  // namespace quantum::cli
