#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "quantum/clock.hpp"
#include "quantum/log.hpp"

#include "base/mutex.hpp"
#include "daemon/log_line.hpp"

namespace quantum::daemon {

/// Writes log lines to a descriptor, each as a whole; to the system journal, each as a datagram.
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
    Logger(int descriptor, const LogStyle& style, const Clock& clock,
           std::function<void(Duration delay)> request_flush = {});
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    /// Creates a line to be passed to `write` or `defer`.
    [[nodiscard]] LogLine line(LogLevel level, std::string_view message) const;
    [[nodiscard]] LogLine line(WallTime time, LogLevel level, std::string_view message) const;
    [[nodiscard]] const LogStyle& style() const { return style_; }

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
    void keep(const std::string& line) QUANTUM_REQUIRES(mutex_);
    /// Finishes the line with a time that is not before that of the previous one.
    [[nodiscard]] std::string in_order(LogLine& line) QUANTUM_REQUIRES(mutex_);
    /// Returns false if it accepts no more within that time.
    bool put(int wait_ms) QUANTUM_REQUIRES(mutex_);
    /// As many bytes of what is pending, from `begin` on, as are to be written at once.
    [[nodiscard]] std::size_t next_piece(std::size_t begin) const QUANTUM_REQUIRES(mutex_);

    const int descriptor_;
    const LogStyle style_;
    const Clock& clock_;
    const std::function<void(Duration delay)> request_flush_;

    base::Mutex mutex_;  // a leaf, except for `request_flush`
    std::string pending_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<std::size_t> records_ QUANTUM_GUARDED_BY(mutex_);  // their sizes, for the journal
    /// The newest time of the lines so far.
    std::optional<WallTime> newest_ QUANTUM_GUARDED_BY(mutex_);
    std::string day_ QUANTUM_GUARDED_BY(mutex_);  // of the newest line, for people
    bool flush_requested_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool stuck_ QUANTUM_GUARDED_BY(mutex_) =
        false;  // waited for without success since it last accepted a byte
    std::uint64_t dropped_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::string, Repeated> warnings_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
