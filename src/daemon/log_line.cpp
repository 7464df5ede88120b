#include "daemon/log_line.hpp"

#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <utility>

#include "daemon/journal.hpp"
#include "daemon/log_text.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view no_color = "\x1b[0m";

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            break;
    }
    return "error";
}

char sign_of(LogLevel level) {
    return level == LogLevel::error ? '!' : level == LogLevel::warning ? '~' : ' ';
}

std::chrono::local_time<Duration> local_time_of(WallTime time, const zone::Zone* zone) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch();
    const std::int64_t offset = zone == nullptr ? 0 : zone->window_at(second.count())->offset;
    return std::chrono::local_time<Duration>(time.time_since_epoch() +
                                             std::chrono::seconds(offset));
}

}  // namespace

LogLine::LogLine(const LogStyle& style, WallTime time, LogLevel level, std::string_view message)
    : style_(style), time_(time), level_(level), sign_(sign_of(level)) {
    line_.reserve(256);
    if (is_for_people()) {
        append_visible(sentence_, message);
        if (style_.format == LogFormat::journal) append_journal_head(line_, level, message);
        return;
    }
    if (style_.format == LogFormat::json) line_ += '{';
    text("time", log_time(time)).text("level", level_name(level));
    if (!message.empty()) text("msg", message);
}

void LogLine::key(std::string_view key) {
    if (style_.format == LogFormat::logfmt) {
        if (!line_.empty()) line_ += ' ';
        line_.append(key).append(1, '=');
    } else {
        if (line_.size() > 1) line_ += ',';
        append_json(line_, key);
        line_ += ':';
    }
}

void LogLine::field(std::string_view name, std::string_view value) {
    if (style_.format == LogFormat::journal) append_journal_field(line_, name, value);
}

void LogLine::detail(std::string_view name, std::string_view value) {
    details_.append(1, ' ').append(name).append(1, '=');
    append_logfmt(details_, value);
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
    if (is_for_people()) {
        field(name, value);
        detail(name, value);
        return *this;
    }
    key(name);
    if (style_.format == LogFormat::logfmt) {
        append_logfmt(line_, value);
    } else {
        append_json(line_, value);
    }
    return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
    const std::string digits = std::to_string(value);
    if (is_for_people()) return text(name, digits);
    key(name);
    line_ += digits;
    return *this;
}

LogLine& LogLine::duration(std::string_view name, Duration value) {
    switch (style_.format) {
        case LogFormat::logfmt:
            return text(name, human(value));
        case LogFormat::json:
            return number(std::string(name) + "_us", value.count());
        case LogFormat::journal:
            field(std::string(name) + "_usec", std::to_string(value.count()));
            break;
        case LogFormat::text:
            break;
    }
    detail(name, brief(value));
    return *this;
}

LogLine& LogLine::bytes(std::string_view name, std::string_view value) {
    if (style_.format != LogFormat::json) return text(name, value);
    key(name);
    if (!append_json(line_, value)) {
        key(std::string(name) + "_base64");
        line_ += '"';
        append_base64(line_, value);
        line_ += '"';
    }
    return *this;
}

LogLine& LogLine::sentence(std::string_view sentence) {
    if (!is_for_people()) return *this;
    sentence_.clear();
    append_visible(sentence_, sentence);
    is_told_ = true;
    return *this;
}

LogLine& LogLine::sign(char sign) {
    sign_ = sign;
    return *this;
}

// It stands first, and is always as long.
void LogLine::set_time(WallTime time) {
    time_ = time;
    if (is_for_people()) return;
    const std::string text = log_time(time);
    const std::size_t place =
        style_.format == LogFormat::json ? sizeof(R"({"time":")") - 1 : sizeof("time=") - 1;
    line_.replace(place, text.size(), text);
}

std::string LogLine::finish() {
    switch (style_.format) {
        case LogFormat::text:
            return finish_text();
        case LogFormat::journal:
            return finish_journal();
        case LogFormat::json:
            line_ += '}';
            break;
        case LogFormat::logfmt:
            break;
    }
    line_ += '\n';
    return std::move(line_);
}

std::string_view LogLine::tint() const {
    if (!style_.has_colors) return {};
    return level_ == LogLevel::error || sign_ == '!' ? red
           : level_ == LogLevel::warning             ? yellow
                                                     : std::string_view();
}

std::string LogLine::finish_text() {
    std::string line = time_of_day(time_, style_.zone, true);
    const std::string_view color = tint();
    line.append(1, ' ').append(color).append(1, sign_);
    if (!color.empty()) line += no_color;
    line.append(1, ' ').append(sentence_);
    if (!is_told_ && !details_.empty()) line.append(sentence_.empty() ? "" : ":").append(details_);
    // One event is one line, whatever is in it.
    for (char& c : line) {
        if (c == '\n') c = ' ';
    }
    line += '\n';
    return line;
}

std::string LogLine::finish_journal() {
    std::string message = std::move(sentence_);
    if (!is_told_ && !details_.empty()) message.append(message.empty() ? "" : ":").append(details_);
    append_journal_message(line_, message);
    return std::move(line_);
}

std::string day_text(WallTime time, const zone::Zone* zone) {
    constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(local_time_of(time, zone));
    const std::chrono::year_month_day date(day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%s %u %s %d",
                  weekdays.at(std::chrono::weekday(day).c_encoding()),
                  static_cast<unsigned>(date.day()), months.at(unsigned(date.month()) - 1),
                  static_cast<int>(date.year()));
    return text.data();
}

std::string time_of_day(WallTime time, const zone::Zone* zone, bool with_fraction) {
    const auto local = local_time_of(time, zone);
    const std::chrono::hh_mm_ss clock(local - std::chrono::floor<std::chrono::days>(local));
    std::array<char, 32> text{};
    std::snprintf(
        text.data(), text.size(), "%02d:%02d:%02d.%03d", static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count() / 1000));
    std::string all = text.data();
    if (!with_fraction) all.resize(all.find('.'));
    return all;
}

}  // namespace quantum::daemon
