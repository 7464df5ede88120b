#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace quantum {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One `key=value` beside the text of a log line. Views: copy what must outlive the call.
struct LogField {
    std::string_view key;
    std::string_view value;
};

/// Where the library's own log lines go. The library never writes to a stream by itself.
///
/// Called from any thread, possibly from several at once; must not block for long and must not
/// call back into the scheduler. Empty: silence.
using LogSink =
    std::function<void(LogLevel level, std::string_view message, std::span<const LogField> fields)>;

}  // namespace quantum
