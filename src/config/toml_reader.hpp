#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "config/diagnostic.hpp"

namespace quantum::config {

/// A `key = value` of a document. Views and pointers refer to the document.
struct TomlSetting {
    std::string_view key;
    toml::source_region key_place;
    const toml::node* value = nullptr;
};

/// A word and its meaning.
template <class Value>
struct Word {
    std::string_view word;
    Value value;
};

/// Extracts values from a parsed document; a value that does not fit becomes a diagnostic at its
/// location, and the result is none. Messages start with the key.
class TomlReader {
public:
    /// `text` must outlive it: diagnostics count bytes, but the document counts characters.
    explicit TomlReader(std::string_view text);

    [[nodiscard]] std::optional<std::string> text(const TomlSetting& setting);
    /// A list of strings.
    [[nodiscard]] std::optional<std::vector<std::string>> texts(const TomlSetting& setting);
    [[nodiscard]] std::optional<std::int64_t> integer(const TomlSetting& setting,
                                                      std::int64_t least, std::int64_t most);
    /// A whole number or a floating-point number.
    [[nodiscard]] std::optional<double> number(const TomlSetting& setting);
    /// A string of octal digits, or a number written as 0o022.
    [[nodiscard]] std::optional<std::int64_t> octal(const TomlSetting& setting, std::int64_t most);
    [[nodiscard]] std::optional<bool> boolean(const TomlSetting& setting);
    /// "30s", "1h30m".
    [[nodiscard]] std::optional<Duration> duration(const TomlSetting& setting);
    /// A whole number of bytes, or "64MiB".
    [[nodiscard]] std::optional<std::uint64_t> size(const TomlSetting& setting);
    /// An instant with its offset, as a TOML date-time.
    [[nodiscard]] std::optional<WallTime> instant(const TomlSetting& setting);
    [[nodiscard]] const toml::table* table(const TomlSetting& setting);

    template <class Value, std::size_t count>
    [[nodiscard]] std::optional<Value> word(const TomlSetting& setting,
                                            const std::array<Word<Value>, count>& words) {
        std::array<std::string_view, count> names{};
        for (std::size_t i = 0; i < count; ++i) names[i] = words[i].word;
        const auto index = index_of_word(setting, names);
        if (!index) return std::nullopt;
        return words[*index].value;
    }

    /// If the value is not one of `names`, reports what is allowed and a suggested correction.
    [[nodiscard]] std::optional<std::size_t> index_of_word(const TomlSetting& setting,
                                                           std::span<const std::string_view> names);

    /// The settings of a table, in the order in which they are written.
    [[nodiscard]] static std::vector<TomlSetting> settings(const toml::table& table);

    /// An element of a list.
    [[nodiscard]] static TomlSetting element(const TomlSetting& setting, const toml::node& node) {
        return {setting.key, setting.key_place, &node};
    }

    /// Reports an unknown key of a `what` ("a job").
    void unknown(const TomlSetting& setting, std::string_view what,
                 std::span<const std::string_view> known, std::string_view hint = {});
    /// Reports an invalid value.
    void refuse(const TomlSetting& setting, std::string message);
    void refuse_key(const TomlSetting& setting, std::string message);
    /// Reports a value that is accepted, but may not mean what its author thinks.
    void warn(const TomlSetting& setting, std::string message);
    /// Reports the error, if any.
    void check(const TomlSetting& setting, const Status& status);
    /// Reports an error in part of a string, from `column` (1-based) on. Points at that part if the
    /// string is written literally, otherwise at the whole value.
    void refuse_part(const TomlSetting& setting, const toml::node& value, std::size_t column,
                     std::size_t length, std::string message);

    /// The number of errors reported, including repeated ones.
    [[nodiscard]] std::size_t errors() const { return errors_; }

    /// The line, column and length of a location, without severity and message.
    [[nodiscard]] Diagnostic at(const toml::source_region& place) const;
    /// In the order of the lines, without duplicates.
    [[nodiscard]] std::vector<Diagnostic> take_diagnostics();
    /// Reports the parser's own error.
    void refuse_document(const toml::parse_error& error);

private:
    void wrong_type(const TomlSetting& setting, const toml::node& value, std::string_view wanted,
                    std::string_view example);
    void add(const toml::source_region& place, std::string message);
    [[nodiscard]] std::string_view line(std::size_t number) const;

    std::vector<std::string_view> lines_;
    std::vector<Diagnostic> diagnostics_;
    std::size_t errors_ = 0;
};

}  // namespace quantum::config
