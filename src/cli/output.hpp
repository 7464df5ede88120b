#pragma once

#include <cstdint>
#include <string>

namespace quantum::cli {

inline constexpr int standard_output = 1;
inline constexpr int standard_error = 2;

/// Buffered output to a descriptor: collected in `text()`, written by `flush`. Everything that the
/// program writes goes through it, except the log, which escapes its values itself.
class Output {
public:
    enum class Form : std::uint8_t {
        shown,  ///< control characters are escaped; see append_for_terminal
        bytes,  ///< unchanged, only if that was asked for
    };

    explicit Output(int descriptor, Form form = Form::shown)
        : descriptor_(descriptor), form_(form) {}

    [[nodiscard]] std::string& text() { return text_; }

    /// Writes and clears the buffer. Returns false if the reader has gone or the disk is full; it
    /// then stays false, and further output is dropped.
    [[nodiscard]] bool flush();

private:
    int descriptor_;
    Form form_;
    std::string text_;
    bool broken_ = false;
};

/// "quantum: message" on standard error, in a single line whatever the message contains.
void print_error(const std::string& message);

}  // namespace quantum::cli
