#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/schedule.hpp"

namespace quantum::cli {

/// Appends `text` as a JSON string, including the quotes. Bytes that are not valid UTF-8 become
/// `\xNN`, so that the line is always valid JSON.
void append_json(std::string& out, std::string_view text);

/// Appends `"error":{"field":…,"column":…,"message":…}`.
void append_json(std::string& out, const ScheduleError& error);

/// Appends the members of a JSON object one after another.
class JsonObject {
public:
    explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
    /// Must be the last call.
    void end() { out_ += '}'; }

    void text(std::string_view key, std::string_view value);
    void number(std::string_view key, std::int64_t value);
    void boolean(std::string_view key, bool value);
    void null(std::string_view key);
    /// Appends the key of a value that the caller appends.
    void key(std::string_view key) { begin(key); }

private:
    void begin(std::string_view key);

    std::string& out_;
};

}  // namespace quantum::cli
