#pragma once

#include <memory>
#include <string>

#include <sys/types.h>

#include "cli/output.hpp"

namespace quantum::cli {

/// Standard output for long answers: on a terminal, what does not fit on it goes through $PAGER, or
/// `less -FRX`. Elsewhere it is an Output.
///
/// Not thread-safe.
class PagedOutput {
public:
    PagedOutput();
    /// Waits for the pager.
    ~PagedOutput();
    PagedOutput(const PagedOutput&) = delete;
    PagedOutput& operator=(const PagedOutput&) = delete;

    [[nodiscard]] std::string& text();
    /// Writes what there is, on a terminal once it is clear where to. False: nobody reads it.
    [[nodiscard]] bool flush();
    /// Writes the rest. False: it could not be written; that a pager was quit is no failure.
    [[nodiscard]] bool finish();

private:
    void start_pager();
    [[nodiscard]] bool fits() const;

    Output plain_{standard_output};
    std::unique_ptr<Output> paged_;
    std::size_t rows_ = 0;  // 0: no terminal
    pid_t pager_ = 0;
    int pipe_ = -1;
};

}  // namespace quantum::cli
