#pragma once

#include <chrono>
#include <string_view>

namespace quantum::cli {

/// A progress bar on standard error for long operations, if that is a terminal; otherwise, and for
/// short operations, nothing. Disappears at the end.
class Progress {
public:
    explicit Progress(std::string_view what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// From 0 to 1.
    void show(double done);

private:
    const std::string_view what_;
    const bool terminal_;
    const std::chrono::steady_clock::time_point began_;
    int shown_ = -1;  // per cent
};

}  // namespace quantum::cli
