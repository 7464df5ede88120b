#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/crontab_line.hpp"
#include "config/diagnostic.hpp"

namespace quantum::config {

/// Collects the diagnostics of a text as it is read. A file with more than 10,000 is no crontab
/// with slips but something else: the rest is counted.
class DiagnosticList {
public:
    /// Columns are those of the file, so on the first line they count a byte order mark.
    void set_mark_size(std::size_t bytes) { mark_size_ = bytes; }
    [[nodiscard]] std::size_t shift(std::size_t line) const { return line == 1 ? mark_size_ : 0; }

    void add(Severity severity, std::size_t line, const Slice& where, std::string message);

    /// In the order of the lines.
    [[nodiscard]] std::vector<Diagnostic> take();

private:
    std::vector<Diagnostic> diagnostics_;
    std::size_t mark_size_ = 0;
    std::size_t left_out_ = 0;
    bool errors_left_out_ = false;
};

}  // namespace quantum::config
