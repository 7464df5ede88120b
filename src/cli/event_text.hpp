#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "cli/short_when.hpp"
#include "cli/terminal.hpp"

namespace quantum::cli {

/// An event in one line, without a newline:
/// "22:10:12.004 ! run.ended    etl:load-orders 25c038d1 exit 3 12s".
[[nodiscard]] std::string event_text(const boost::json::object& event, const ShortWhen& when,
                                     const Style& style);

}  // namespace quantum::cli
