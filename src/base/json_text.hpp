#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quantum::base {

/// Appends `value` as a JSON string, in quotes. Valid for arbitrary bytes: invalid UTF-8 becomes
/// U+FFFD, and the result is then false. What a terminal would obey is escaped.
bool append_json(std::string& line, std::string_view value);

/// The same, but bytes that are not valid UTF-8 become the text `\xNN`, so that they can be told
/// apart.
void append_json_text(std::string& line, std::string_view value);

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
    void key(std::string_view key);

private:
    std::string& out_;
};

/// Appends the elements of a JSON array one after another.
class JsonArray {
public:
    explicit JsonArray(std::string& out) : out_(out) { out_ += '['; }
    /// Must be the last call.
    void end() { out_ += ']'; }

    void text(std::string_view value);
    /// Before an element that the caller appends.
    void element();

private:
    std::string& out_;
};

}  // namespace quantum::base
