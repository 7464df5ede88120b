#pragma once

#include <string>

namespace quantum::cli {

inline constexpr int standard_output = 1;
inline constexpr int standard_error = 2;

/// Buffered output to a descriptor: collected in `text()`, written by `flush`.
class Output {
public:
    explicit Output(int descriptor) : descriptor_(descriptor) {}

    [[nodiscard]] std::string& text() { return text_; }

    /// Writes and clears the buffer. Returns false if the reader has gone or the disk is full; it
    /// then stays false, and further output is dropped.
    [[nodiscard]] bool flush();

private:
    int descriptor_;
    std::string text_;
    bool broken_ = false;
};

/// "quantum: message" on standard error.
void print_error(const std::string& message);

}  // namespace quantum::cli
