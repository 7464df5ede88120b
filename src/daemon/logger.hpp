#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "quantum/clock.hpp"
#include "quantum/log.hpp"

#include "base/mutex.hpp"
#include "daemon/daemon.hpp"

namespace quantum::daemon {

/// A log record under construction: time, level and message first, then fields.
///
///     LogLine line(format, now, LogLevel::info, "execution started");
///     line.text("job", name).number("attempt", 1);
class LogLine {
public:
    /// An empty message is omitted.
    LogLine(LogFormat format, WallTime time, LogLevel level, std::string_view message);

    LogLine& text(std::string_view key, std::string_view value);
    LogLine& number(std::string_view key, std::int64_t value);
    /// Arbitrary bytes. In JSON, invalid UTF-8 is shown with replacement characters, and the
    /// complete value is added under KEY_base64.
    LogLine& bytes(std::string_view key, std::string_view value);

    /// Returns the line with its newline; must be the last call.
    [[nodiscard]] std::string finish();

    [[nodiscard]] WallTime time() const { return time_; }
    /// Changes the time. Must be called before `finish`.
    void set_time(WallTime time);

private:
    void key(std::string_view key);

    LogFormat format_;
    WallTime time_;
    std::string line_;
};

/// Writes log lines to a descriptor, each as a whole.
///
/// Synchronous as long as somebody reads: when `write` returns, the kernel has the line, so that
/// none is lost with the process. Only lines of job output are batched, until the next line of
/// another kind, 64 KiB or `flush`, so that a command that floods its output costs few system
/// calls.
///
/// A log that nobody reads blocks nothing: what a pipe does not accept is kept, up to 4 MiB, and
/// retried later. When that is full, a line waits 200 ms for the reader, once; after that, lines
/// are dropped until the reader continues, and the log says how many. A descriptor that is gone
/// (closed terminal, full disk) loses lines.
///
/// Lines are ordered by time. A line that arrives late, because its event happened on another
/// thread than the previous line's, uses the previous line's time; if the difference is at least a
/// second, the clock was set back, and the line keeps its own.
///
/// Repeated warnings are rate-limited: one per minute with the same text, which then says how many
/// were suppressed.
///
/// Thread-safety: every method may be called from any thread.
class Logger {
public:
    /// `request_flush` is called when `flush` should be called after that delay. It must not log.
    Logger(int descriptor, LogFormat format, const Clock& clock,
           std::function<void(Duration delay)> request_flush = {});
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    /// Creates a line to be passed to `write` or `defer`.
    [[nodiscard]] LogLine line(LogLevel level, std::string_view message) const;
    [[nodiscard]] LogLine line(WallTime time, LogLevel level, std::string_view message) const;

    void write(LogLine& line);
    void defer(LogLine& line);
    void flush();

    void info(std::string_view message) { log(LogLevel::info, message, {}); }
    void warn(std::string_view message) { log(LogLevel::warning, message, {}); }
    void error(std::string_view message) { log(LogLevel::error, message, {}); }
    /// Can be used as a LogSink.
    void log(LogLevel level, std::string_view message, std::span<const LogField> fields);

private:
    struct Repeated {
        BootTime last{};
        std::uint64_t held_back = 0;
    };

    /// None: suppress it. Otherwise: how many of its kind were suppressed.
    [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view message,
                                                     std::span<const LogField> fields)
        QUANTUM_EXCLUDES(mutex_);
    /// Writes the pending lines as far as the descriptor accepts them, and requests `flush` for the
    /// rest.
    void write_out() QUANTUM_REQUIRES(mutex_);
    void ask_for_flush(Duration delay) QUANTUM_REQUIRES(mutex_);
    void append(LogLine& line) QUANTUM_REQUIRES(mutex_);
    /// Finishes the line with a time that is not before that of the previous one.
    [[nodiscard]] std::string in_order(LogLine& line) QUANTUM_REQUIRES(mutex_);
    /// Returns false if it accepts no more within that time.
    bool put(int wait_ms) QUANTUM_REQUIRES(mutex_);

    const int descriptor_;
    const LogFormat format_;
    const Clock& clock_;
    const std::function<void(Duration delay)> request_flush_;

    base::Mutex mutex_;  // a leaf, except for `request_flush`
    std::string pending_ QUANTUM_GUARDED_BY(mutex_);
    /// The newest time of the lines so far.
    std::optional<WallTime> newest_ QUANTUM_GUARDED_BY(mutex_);
    bool flush_requested_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool stuck_ QUANTUM_GUARDED_BY(mutex_) =
        false;  // waited for without success since it last accepted a byte
    std::uint64_t dropped_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::string, Repeated> warnings_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
