#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace quantum {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One `key=value` pair of a log record. Views: copy whatever must outlive the call.
struct LogField {
    std::string_view key;
    std::string_view value;
};

/// Receives the library's own log records. The library never writes to a stream itself.
///
/// Called from any thread, possibly from several at once; must not block for long or call back into
/// the scheduler. Empty: no logging.
using LogSink =
    std::function<void(LogLevel level, std::string_view message, std::span<const LogField> fields)>;

}  // namespace quantum
