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

namespace quantum {

/// One line of the log in the making: time, level and message first, then what is added.
///
///     LogLine line(format, now, LogLevel::info, "execution started");
///     line.text("job", name).number("attempt", 1);
class LogLine {
public:
    /// An empty message is left out.
    LogLine(LogFormat format, WallTime time, LogLevel level, std::string_view message);

    LogLine& text(std::string_view key, std::string_view value);
    LogLine& number(std::string_view key, std::int64_t value);
    /// Bytes of unknown making. In JSON, what is no UTF-8 is shown with replacements and stands
    /// in full under KEY_base64.
    LogLine& bytes(std::string_view key, std::string_view value);

    /// The line with its newline; the last call.
    [[nodiscard]] std::string finish();

    [[nodiscard]] WallTime time() const { return time_; }
    /// Says another time. Before `finish`.
    void set_time(WallTime time);

private:
    void key(std::string_view key);

    LogFormat format_;
    WallTime time_;
    std::string line_;
};

/// Writes log lines to a descriptor, each whole.
///
/// Synchronous while somebody reads: when `write` returns, the kernel has the line, so that none is
/// lost with the process. Only lines of job output wait for company, till the next line of another
/// kind, 64 KiB or `flush`: a command that floods its output costs few system calls.
///
/// A log that nobody reads stops nobody: what a pipe does not take is kept, up to 4 MiB, and tried
/// again later. Where that is full, a line waits 200 ms for the reader to get on, once; then lines
/// are dropped until it does, and the log says how many. A descriptor that is gone (closed
/// terminal, full disk) loses lines.
///
/// Lines are in the order of their times. One that comes late, since its event was on another
/// thread than that of the line before, says that one's time; where the difference is a second or
/// more the clock was set back, and the line says its own.
///
/// Warnings that repeat are rate-limited: of the same text, one a minute, which then says how many
/// were held back.
///
/// Thread-safety: every method may be called from any thread.
class Logger {
public:
    /// `request_flush` is called when `flush` is to come after that delay. It must not log.
    Logger(int descriptor, LogFormat format, const Clock& clock,
           std::function<void(Duration delay)> request_flush = {});
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    /// A line that `write` or `defer` then takes.
    [[nodiscard]] LogLine line(LogLevel level, std::string_view message) const;
    [[nodiscard]] LogLine line(WallTime time, LogLevel level, std::string_view message) const;

    void write(LogLine& line);
    void defer(LogLine& line);
    void flush();

    void info(std::string_view message) { log(LogLevel::info, message, {}); }
    void warn(std::string_view message) { log(LogLevel::warning, message, {}); }
    void error(std::string_view message) { log(LogLevel::error, message, {}); }
    /// As a LogSink.
    void log(LogLevel level, std::string_view message, std::span<const LogField> fields);

private:
    struct Repeated {
        BootTime last{};
        std::uint64_t held_back = 0;
    };

    /// None: hold it back. Else how many of its like were.
    [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view message,
                                                     std::span<const LogField> fields)
        QUANTUM_EXCLUDES(mutex_);
    /// Writes the pending lines as far as the descriptor takes them, and has `flush` called for the
    /// rest.
    void write_out() QUANTUM_REQUIRES(mutex_);
    void ask_for_flush(Duration delay) QUANTUM_REQUIRES(mutex_);
    void append(LogLine& line) QUANTUM_REQUIRES(mutex_);
    /// The line, at a time that is not before that of the last one.
    [[nodiscard]] std::string in_order(LogLine& line) QUANTUM_REQUIRES(mutex_);
    /// False: it takes no more within that time.
    bool put(int wait_ms) QUANTUM_REQUIRES(mutex_);

    const int descriptor_;
    const LogFormat format_;
    const Clock& clock_;
    const std::function<void(Duration delay)> request_flush_;

    Mutex mutex_;  // a leaf, but for `request_flush`
    std::string pending_ QUANTUM_GUARDED_BY(mutex_);
    WallTime newest_ QUANTUM_GUARDED_BY(mutex_) = WallTime::min();  ///< of the lines so far
    bool flush_requested_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool stuck_ QUANTUM_GUARDED_BY(mutex_) = false;  // waited for in vain since it last took a byte
    std::uint64_t dropped_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::string, Repeated> warnings_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum
