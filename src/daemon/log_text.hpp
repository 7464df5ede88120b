#pragma once

#include <string>
#include <string_view>

#include "quantum/clock.hpp"

#include "base/json_text.hpp"

namespace quantum::daemon {

/// Appends `value` in logfmt: bare if it is unambiguous, otherwise in quotes with escapes. No byte
/// reaches the reader's terminal that could move its cursor, change its title, reverse its text or
/// start another line: control characters (C0, DEL, C1), line and paragraph separators and
/// bidirectional controls become \n, \x1b or \u202e, and bytes that are not valid UTF-8 become
/// \xff.
void append_logfmt(std::string& line, std::string_view value);

/// Appends text for people: unchanged, except for characters that could affect the terminal or
/// mislead the reader (see above) and bytes that are not valid UTF-8, which become \x1b, \u202e or
/// \xff. Newlines and tabs are kept.
void append_visible(std::string& out, std::string_view text);

/// The number of bytes at the end of `text` that start a UTF-8 character but do not complete it.
[[nodiscard]] std::size_t unfinished_utf8(std::string_view text);

using base::append_json;

/// RFC 4648 with padding.
void append_base64(std::string& line, std::string_view bytes);

/// An exact duration for people: "0s", "850us", "1.2ms", "13.5s", "2m0.5s", "-1h0m3s".
[[nodiscard]] std::string human(Duration duration);

/// A short form with at most two units: "850us", "29ms", "1.2s", "3m05s", "2h03m", "3d04h"; with a
/// minus sign if negative.
[[nodiscard]] std::string brief(Duration duration);

/// "2026-11-22T00:05:00.000250Z": always with six digits, so that lines align and sort.
[[nodiscard]] std::string log_time(WallTime time);

}  // namespace quantum::daemon
