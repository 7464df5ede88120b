#pragma once

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace quantum::config {

/// Appends a key as TOML wants it: bare if it can be, otherwise in quotes.
void append_toml_key(std::string& out, std::string_view key);

/// Appends a JSON value as TOML, in one line whatever it holds; null becomes an empty table, which
/// no key takes.
void append_toml(std::string& out, const boost::json::value& value);

/// Appends a string as the instant or date that it is; one that is neither stays a string.
void append_toml_instant(std::string& out, std::string_view text);

}  // namespace quantum::config
