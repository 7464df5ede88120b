#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/log.hpp"

#include "daemon/daemon.hpp"
#include "zone/zone.hpp"

namespace quantum::daemon {

/// How the lines of a log are written.
struct LogStyle {
    LogFormat format = LogFormat::logfmt;
    bool has_colors = false;           ///< of `text`
    const zone::Zone* zone = nullptr;  ///< of the times in `text`; null: UTC

    LogStyle() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a format is a style
    LogStyle(LogFormat its_format, bool colors = false, const zone::Zone* its_zone = nullptr)
        : format(its_format), has_colors(colors), zone(its_zone) {}

    /// Somebody reads it, not a program: what a line says is a sentence.
    [[nodiscard]] bool is_for_people() const {
        return format == LogFormat::text || format == LogFormat::journal;
    }
};

/// A log record under construction: time, level and message first, then fields.
///
///     LogLine line(style, now, LogLevel::info, "execution started");
///     line.text("job", name).number("attempt", 1);
///
/// For programs (logfmt, JSON), that is all. For people (`text`), the message and the fields are
/// one line that begins with the time of day; `sentence` says the same in a better way. The system
/// journal gets both: the sentence as MESSAGE, and the fields by their names in capitals after
/// QUANTUM_.
class LogLine {
public:
    /// An empty message is omitted.
    LogLine(const LogStyle& style, WallTime time, LogLevel level, std::string_view message);

    LogLine& text(std::string_view key, std::string_view value);
    LogLine& number(std::string_view key, std::int64_t value);
    /// "lateness=1.2ms" in logfmt, "lateness_us":1200 in JSON, QUANTUM_LATENESS_USEC=1200 in the
    /// journal.
    LogLine& duration(std::string_view key, Duration value);
    /// Arbitrary bytes. In JSON, invalid UTF-8 is shown with replacement characters, and the
    /// complete value is added under KEY_base64.
    LogLine& bytes(std::string_view key, std::string_view value);

    /// Whether `sentence` and `sign` have an effect.
    [[nodiscard]] bool is_for_people() const { return style_.is_for_people(); }
    /// What people read in place of the message and the fields. Characters that could affect the
    /// terminal are escaped.
    LogLine& sentence(std::string_view sentence);
    /// A character in front of the sentence, by which the eye finds it: '!' what failed. Without
    /// it, errors have '!' and warnings '~'.
    LogLine& sign(char sign);

    /// Returns the line with its newline, or the record for the journal; must be the last call.
    [[nodiscard]] std::string finish();

    [[nodiscard]] WallTime time() const { return time_; }
    /// Changes the time. Must be called before `finish`.
    void set_time(WallTime time);

private:
    void key(std::string_view key);
    /// A field of the journal.
    void field(std::string_view name, std::string_view value);
    void detail(std::string_view key, std::string_view value);
    [[nodiscard]] std::string_view tint() const;
    [[nodiscard]] std::string finish_text();
    [[nodiscard]] std::string finish_journal();

    LogStyle style_;
    WallTime time_;
    LogLevel level_;
    std::string line_;      // the fields so far, as far as they are written
    std::string sentence_;  // for people: the message, or what was said instead
    std::string details_;   // for people: the fields, if nothing was said instead
    bool is_told_ = false;
    char sign_ = ' ';
};

/// "Tue 24 Nov 2026": what a log in `text` says whenever a day begins.
[[nodiscard]] std::string day_text(WallTime time, const zone::Zone* zone);

/// "22:10:12.004", or without the milliseconds "22:10:12".
[[nodiscard]] std::string time_of_day(WallTime time, const zone::Zone* zone, bool with_fraction);

}  // namespace quantum::daemon
