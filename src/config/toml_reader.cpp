#include "config/toml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>
#include <utility>

#include "base/utf8.hpp"
#include "config/mutant.hpp"
#include "config/quantity.hpp"
#include "config/spelling.hpp"

namespace quantum::config {
namespace {

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a floating-point number";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::table:
            return "a table";
        default:
            return "a date or time";
    }
}

std::string list_of(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

std::size_t bytes_of(std::string_view text, std::size_t characters) {
    std::size_t bytes = 0;
    for (; characters > 0 && bytes < text.size(); --characters) {
        bytes += std::max<std::size_t>(base::utf8_length(text.substr(bytes)), 1);
    }
    return bytes;
}

}  // namespace

TomlReader::TomlReader(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines_.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

std::optional<std::string> TomlReader::text(const TomlSetting& setting) {
    const auto* const value = setting.value->as_string();
    if (value == nullptr) {
        wrong_type(setting, *setting.value, "a string", R"("…")");
        return std::nullopt;
    }
    if (value->get().find('\0') != std::string::npos) {
        refuse(setting, "contains a zero byte, which is not allowed");
        return std::nullopt;
    }
    return value->get();
}

std::optional<std::vector<std::string>> TomlReader::texts(const TomlSetting& setting) {
    const auto* const list = setting.value->as_array();
    if (list == nullptr) {
        wrong_type(setting, *setting.value, "a list of strings", R"(["…", "…"])");
        return std::nullopt;
    }
    std::vector<std::string> result;
    for (const toml::node& node : *list) {
        auto one = text({setting.key, setting.key_place, &node});
        if (!one) return std::nullopt;
        result.push_back(std::move(*one));
    }
    return result;
}

std::optional<std::int64_t> TomlReader::integer(const TomlSetting& setting, std::int64_t least,
                                                std::int64_t most) {
    const auto* const value = setting.value->as_integer();
    if (value == nullptr) {
        wrong_type(setting, *setting.value, "a whole number",
                   std::to_string(std::max<std::int64_t>(least, 3)));
        return std::nullopt;
    }
    if (value->get() < least || value->get() > most) {
        refuse(setting, std::to_string(value->get()) + " is out of range; " +
                            std::to_string(least) + " to " + std::to_string(most) + " are allowed");
        return std::nullopt;
    }
    return value->get();
}

std::optional<double> TomlReader::number(const TomlSetting& setting) {
    if (const auto* const whole = setting.value->as_integer()) {
        return static_cast<double>(whole->get());
    }
    if (const auto* const fraction = setting.value->as_floating_point()) return fraction->get();
    wrong_type(setting, *setting.value, "a number", "0.5");
    return std::nullopt;
}

std::optional<std::int64_t> TomlReader::octal(const TomlSetting& setting, std::int64_t most) {
    std::optional<std::int64_t> value;
    if (const auto* const text = setting.value->as_string()) {
        std::int64_t parsed = 0;
        const std::string& spelled = text->get();
        const char* const end = spelled.data() + spelled.size();
        const auto [rest, error] = std::from_chars(spelled.data(), end, parsed, 8);
        if (error == std::errc() && rest == end) value = parsed;
    } else if (const auto* const number = setting.value->as_integer();
               number != nullptr &&
               (number->flags() & toml::value_flags::format_as_octal) != toml::value_flags::none) {
        value = number->get();
    }
    if (value && *value >= 0 && *value <= most) return value;
    refuse(setting, "must be an octal number, such as \"022\" or 0o022");
    return std::nullopt;
}

std::optional<bool> TomlReader::boolean(const TomlSetting& setting) {
    const auto* const value = setting.value->as_boolean();
    if (value != nullptr) return value->get();
    wrong_type(setting, *setting.value, "true or false", "true");
    return std::nullopt;
}

std::optional<Duration> TomlReader::duration(const TomlSetting& setting) {
    constexpr std::string_view allowed =
        "a duration: numbers with units, such as \"30s\", \"5m\", \"1h30m\" or \"2d\"";
    if (const auto* const bare = setting.value->as_integer()) {
        refuse(setting, "the unit is missing; write " + std::string(setting.key) + " = \"" +
                            std::to_string(bare->get()) + "s\" if seconds are meant");
        return std::nullopt;
    }
    const auto* const value = setting.value->as_string();
    if (value == nullptr) {
        wrong_type(setting, *setting.value, allowed, {});
        return std::nullopt;
    }
    const auto parsed = parse_duration(value->get());
    if (!parsed) {
        refuse(setting, in_quotes(value->get()) + " is not " + std::string(allowed) +
                            "; units are w, d, h, m, s, ms, us, largest first");
    }
    return parsed;
}

std::optional<std::uint64_t> TomlReader::size(const TomlSetting& setting) {
    if (setting.value->is_integer()) {
        const auto bytes = integer(setting, 0, std::numeric_limits<std::int64_t>::max());
        if (!bytes) return std::nullopt;
        return static_cast<std::uint64_t>(*bytes);
    }
    const auto* const value = setting.value->as_string();
    const auto parsed = value == nullptr ? std::nullopt : parse_size(value->get());
    if (!parsed) {
        const std::string found =
            value == nullptr ? std::string(kind_of(*setting.value)) : in_quotes(value->get());
        refuse(setting, found +
                            " is not a size: use a number of bytes, or a string such as \"64KiB\", "
                            "\"512MiB\", \"2GiB\" or \"10MB\"");
    }
    return parsed;
}

std::optional<WallTime> TomlReader::instant(const TomlSetting& setting) {
    using std::chrono::microseconds;
    using std::chrono::minutes;
    const auto* const value = setting.value->as_date_time();
    if (value == nullptr || !value->get().offset) {
        refuse(setting, std::string(kind_of(*setting.value)) +
                            (value == nullptr ? "" : " without an offset") +
                            "; it must be an instant such as 2027-01-01T00:00:00Z or "
                            "2027-01-01T00:00:00+01:00, without quotes");
        return std::nullopt;
    }
    const toml::date& date = value->get().date;
    const toml::time& time = value->get().time;
    const std::chrono::year_month_day day{
        std::chrono::year{date.year}, std::chrono::month{date.month}, std::chrono::day{date.day}};
    return WallTime(std::chrono::sys_days(day)) + std::chrono::hours(time.hour) +
           minutes(time.minute) + std::chrono::seconds(time.second) +
           microseconds(time.nanosecond / 1000) - minutes(value->get().offset->minutes);
}

const toml::table* TomlReader::table(const TomlSetting& setting) {
    const auto* const value = setting.value->as_table();
    if (value == nullptr) {
        wrong_type(setting, *setting.value, "a table", R"({ … = … })");
    }
    return value;
}

std::optional<std::size_t> TomlReader::index_of_word(const TomlSetting& setting,
                                                     std::span<const std::string_view> names) {
    const auto* const value = setting.value->as_string();
    const std::string allowed = "one of " + list_of(names);
    if (value == nullptr) {
        wrong_type(setting, *setting.value, allowed,
                   std::string(1, '"').append(names.front()).append(1, '"'));
        return std::nullopt;
    }
    const auto found = std::find(names.begin(), names.end(), value->get());
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const std::string_view meant = closest(value->get(), names);
    refuse(setting, in_quotes(value->get()) + " is not " + allowed +
                        (meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?"));
    return std::nullopt;
}

std::vector<TomlSetting> TomlReader::settings(const toml::table& table) {
    std::vector<TomlSetting> result;
    for (const auto& [key, value] : table) result.push_back({key.str(), key.source(), &value});
    std::stable_sort(result.begin(), result.end(), [](const TomlSetting& a, const TomlSetting& b) {
        const auto& left = a.key_place.begin;
        const auto& right = b.key_place.begin;
        return std::tie(left.line, left.column) < std::tie(right.line, right.column);
    });
    return result;
}

void TomlReader::unknown(const TomlSetting& setting, std::string_view what,
                         std::span<const std::string_view> known, std::string_view hint) {
    if (mutated(ConfigMutant::unknown_key_taken)) return;
    const std::string_view near = hint.empty() ? closest(setting.key, known) : hint;
    add(setting.key_place, in_quotes(setting.key) + " is not a key of " + std::string(what) +
                               (near.empty() ? "; it has " + list_of(known)
                                             : "; did you mean '" + std::string(near) + "'?"));
}

void TomlReader::refuse(const TomlSetting& setting, std::string message) {
    const bool placed = static_cast<bool>(setting.value->source().begin);
    add(placed ? setting.value->source() : setting.key_place,
        std::string(setting.key) + ": " + std::move(message));
}

void TomlReader::warn(const TomlSetting& setting, std::string message) {
    refuse(setting, std::move(message));
    diagnostics_.back().severity = Severity::warning;
    --errors_;
}

void TomlReader::refuse_key(const TomlSetting& setting, std::string message) {
    add(setting.key_place, std::move(message));
}

void TomlReader::check(const TomlSetting& setting, const Status& status) {
    if (status) return;
    // Where the property is named like the key, once is enough.
    std::string_view message = status.error().message;
    const std::string named = std::string(setting.key) + ": ";
    if (message.starts_with(named)) message.remove_prefix(named.size());
    refuse(setting, std::string(message));
}

void TomlReader::refuse_part(const TomlSetting& setting, const toml::node& value,
                             std::size_t column, std::size_t length, std::string message) {
    Diagnostic diagnostic = at(value.source());
    diagnostic.message = std::string(setting.key) + ": " + std::move(message);
    const auto* const text = value.as_string();
    const std::string_view written =
        line(diagnostic.line).substr(std::min(diagnostic.column, line(diagnostic.line).size()));
    if (text != nullptr && written.starts_with(text->get())) {
        diagnostic.column += column;  // past the quote
        diagnostic.length = std::max<std::size_t>(length, 1);
    }
    diagnostics_.push_back(std::move(diagnostic));
    ++errors_;
}

std::vector<Diagnostic> TomlReader::take_diagnostics() {
    const auto place = [](const Diagnostic& one) { return std::tie(one.line, one.column); };
    std::stable_sort(
        diagnostics_.begin(), diagnostics_.end(),
        [&place](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
    diagnostics_.erase(std::unique(diagnostics_.begin(), diagnostics_.end()), diagnostics_.end());
    return std::exchange(diagnostics_, {});
}

void TomlReader::refuse_document(const toml::parse_error& error) {
    std::string_view what = error.description();
    constexpr std::string_view opening = "Error while parsing ";
    if (what.starts_with(opening)) what.remove_prefix(opening.size());
    add(error.source(), printable(what, 300));
}

void TomlReader::wrong_type(const TomlSetting& setting, const toml::node& value,
                            std::string_view wanted, std::string_view example) {
    std::string message = std::string(setting.key) + ": is " + std::string(kind_of(value)) +
                          ", but must be " + std::string(wanted);
    if (!example.empty()) {
        message += ", as in " + std::string(setting.key) + " = " + std::string(example);
    }
    const bool placed = static_cast<bool>(value.source().begin);
    add(placed ? value.source() : setting.key_place, std::move(message));
}

void TomlReader::add(const toml::source_region& place, std::string message) {
    Diagnostic diagnostic = at(place);
    diagnostic.message = std::move(message);
    diagnostics_.push_back(std::move(diagnostic));
    ++errors_;
}

std::string_view TomlReader::line(std::size_t number) const {
    return number >= 1 && number <= lines_.size() ? lines_[number - 1] : std::string_view();
}

Diagnostic TomlReader::at(const toml::source_region& place) const {
    Diagnostic diagnostic;
    diagnostic.line = place.begin.line;
    const std::string_view written = line(diagnostic.line);
    const std::size_t begin =
        bytes_of(written, place.begin.column == 0 ? 0 : place.begin.column - 1);
    diagnostic.column = begin + 1;
    if (place.end.line == place.begin.line && place.end.column > place.begin.column) {
        diagnostic.length =
            std::max<std::size_t>(bytes_of(written, place.end.column - 1) - begin, 1);
    }
    return diagnostic;
}

}  // namespace quantum::config
