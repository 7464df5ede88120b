#include "cli/terminal_columns.hpp"

#include <sys/ioctl.h>

#include "cli/output.hpp"

namespace quantum::cli {

std::size_t terminal_columns() {
    constexpr std::size_t usual = 80;
    winsize size{};
    const bool is_told = ::ioctl(standard_output, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_told ? size.ws_col : usual;
}

}  // namespace quantum::cli
