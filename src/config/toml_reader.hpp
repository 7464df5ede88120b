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

/// One `key = value` of a document. Views and pointers are into the document.
struct TomlSetting {
    std::string_view key;
    toml::source_region key_place;
    const toml::node* value = nullptr;
};

/// A word and what it stands for.
template <class Value>
struct Word {
    std::string_view word;
    Value value;
};

/// Takes values out of a parsed document; what does not fit becomes a diagnostic where it stands,
/// and the answer is none. Messages begin with the key.
class TomlReader {
public:
    /// `text` outlives it: diagnostics count bytes, and the document counts characters.
    explicit TomlReader(std::string_view text);

    [[nodiscard]] std::optional<std::string> text(const TomlSetting& setting);
    /// An array of texts.
    [[nodiscard]] std::optional<std::vector<std::string>> texts(const TomlSetting& setting);
    [[nodiscard]] std::optional<std::int64_t> integer(const TomlSetting& setting,
                                                      std::int64_t least, std::int64_t most);
    /// A whole number or a fraction.
    [[nodiscard]] std::optional<double> number(const TomlSetting& setting);
    /// A text of octal digits, or a number written as 0o022.
    [[nodiscard]] std::optional<std::int64_t> octal(const TomlSetting& setting, std::int64_t most);
    [[nodiscard]] std::optional<bool> boolean(const TomlSetting& setting);
    /// "30s", "1h30m".
    [[nodiscard]] std::optional<Duration> duration(const TomlSetting& setting);
    /// A whole number of bytes, or "64MiB".
    [[nodiscard]] std::optional<std::uint64_t> size(const TomlSetting& setting);
    /// An instant with its offset, as a date-time of TOML or as text.
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

    /// Where `text` is none of `names`: says so, what is allowed and what was probably meant.
    [[nodiscard]] std::optional<std::size_t> index_of_word(const TomlSetting& setting,
                                                           std::span<const std::string_view> names);

    /// The settings of a table, in the order in which they are written.
    [[nodiscard]] static std::vector<TomlSetting> settings(const toml::table& table);

    /// One of the values of a list.
    [[nodiscard]] static TomlSetting element(const TomlSetting& setting, const toml::node& node) {
        return {setting.key, setting.key_place, &node};
    }

    /// An unknown key of a `what` ("a job").
    void unknown(const TomlSetting& setting, std::string_view what,
                 std::span<const std::string_view> known, std::string_view hint = {});
    /// The value is wrong.
    void refuse(const TomlSetting& setting, std::string message);
    void refuse_key(const TomlSetting& setting, std::string message);
    /// The value is taken, but may not mean what its author thinks.
    void warn(const TomlSetting& setting, std::string message);
    /// Does nothing for a success.
    void check(const TomlSetting& setting, const Status& status);
    /// Part of a text value, from `column` (1-based) on: pointed at where the text is written as it
    /// is read, else the whole value is.
    void refuse_part(const TomlSetting& setting, const toml::node& value, std::size_t column,
                     std::size_t length, std::string message);

    /// How many errors it has reported, each as often as it was met.
    [[nodiscard]] std::size_t errors() const { return errors_; }

    /// Line, column and length of a place, as yet without severity and message.
    [[nodiscard]] Diagnostic at(const toml::source_region& place) const;
    /// In the order of the lines; the same one once.
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
