#pragma once

#include <boost/json/fwd.hpp>

#include "quantum/task.hpp"

#include "config/account.hpp"

namespace quantum::config {

/// Writes the keys of a task into the document of its job: `command`, `shell` or `http`, and all
/// that belongs to it. A function has none.
void write_task(boost::json::object& document, const Task& task, const Account& own);

}  // namespace quantum::config
