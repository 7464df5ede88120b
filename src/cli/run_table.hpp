#pragma once

#include <cstddef>
#include <string>

#include <boost/json/array.hpp>

#include "cli/short_when.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace quantum::cli {

/// Appends the table of `ps`: a line for each run, and below one that waits what it waits for.
/// `width`: 0 for no limit.
void append_runs(std::string& out, const boost::json::array& runs, const ShortWhen& when,
                 const Style& style, std::size_t width);

}  // namespace quantum::cli
