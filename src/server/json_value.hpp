#pragma once

#include <string>

#include <boost/json/fwd.hpp>

namespace quantum::server {

/// Appends a value as JSON that is valid whatever bytes its strings have.
void append_value(std::string& out, const boost::json::value& value);
void append_value(std::string& out, const boost::json::object& object);

}  // namespace quantum::server
