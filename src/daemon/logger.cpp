#include "daemon/logger.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "daemon/log_text.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr std::size_t enough_at_once = std::size_t{64} * 1024;
constexpr std::size_t pending_limit = std::size_t{4} * 1024 * 1024;
constexpr int patience_ms = 200;
constexpr Duration retry_interval = std::chrono::milliseconds(100);
constexpr Duration repeat_interval = std::chrono::minutes(1);
constexpr std::size_t repeats_remembered = 1000;
constexpr Duration most_disorder = std::chrono::seconds(1);

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

}  // namespace

LogLine::LogLine(LogFormat format, WallTime time, LogLevel level, std::string_view message)
    : format_(format), time_(time) {
    line_.reserve(256);
    if (format_ == LogFormat::json) line_ += '{';
    text("time", log_time(time)).text("level", level_name(level));
    if (!message.empty()) text("msg", message);
}

void LogLine::key(std::string_view key) {
    if (format_ == LogFormat::logfmt) {
        if (!line_.empty()) line_ += ' ';
        line_.append(key).append(1, '=');
    } else {
        if (line_.size() > 1) line_ += ',';
        append_json(line_, key);
        line_ += ':';
    }
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
    key(name);
    if (format_ == LogFormat::logfmt) {
        append_logfmt(line_, value);
    } else {
        append_json(line_, value);
    }
    return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
    key(name);
    line_ += std::to_string(value);
    return *this;
}

LogLine& LogLine::bytes(std::string_view name, std::string_view value) {
    key(name);
    if (format_ == LogFormat::logfmt) {
        append_logfmt(line_, value);
    } else if (!append_json(line_, value)) {
        key(std::string(name) + "_base64");
        line_ += '"';
        append_base64(line_, value);
        line_ += '"';
    }
    return *this;
}

// It stands first, and is always as long.
void LogLine::set_time(WallTime time) {
    time_ = time;
    const std::string text = log_time(time);
    const std::size_t place =
        format_ == LogFormat::json ? sizeof(R"({"time":")") - 1 : sizeof("time=") - 1;
    line_.replace(place, text.size(), text);
}

std::string LogLine::finish() {
    line_ += format_ == LogFormat::json ? "}\n" : "\n";
    return std::move(line_);
}

Logger::Logger(int descriptor, LogFormat format, const Clock& clock,
               std::function<void(Duration delay)> request_flush)
    : descriptor_(descriptor),
      format_(format),
      clock_(clock),
      request_flush_(std::move(request_flush)) {}

Logger::~Logger() {
    const base::MutexLock lock(mutex_);
    static_cast<void>(put(patience_ms));
}

LogLine Logger::line(LogLevel level, std::string_view message) const {
    return line(clock_.wall_now(), level, message);
}

LogLine Logger::line(WallTime time, LogLevel level, std::string_view message) const {
    return {format_, time, level, message};
}

void Logger::write(LogLine& line) {
    const base::MutexLock lock(mutex_);
    append(line);
    write_out();
}

void Logger::defer(LogLine& line) {
    const base::MutexLock lock(mutex_);
    append(line);
    if (pending_.size() >= enough_at_once) write_out();
    if (!pending_.empty()) ask_for_flush(Duration::zero());
}

void Logger::flush() {
    const base::MutexLock lock(mutex_);
    flush_requested_ = false;
    write_out();
}

void Logger::write_out() {
    if (put(0)) {
        if (dropped_ == 0 || mutated(DaemonMutant::dropped_lines_not_told)) return;
        LogLine told = line(LogLevel::warning, "nobody read the log, and lines were dropped");
        told.number("dropped", static_cast<std::int64_t>(std::exchange(dropped_, 0)));
        pending_ += in_order(told);
        if (put(0)) return;
    }
    ask_for_flush(retry_interval);
}

void Logger::ask_for_flush(Duration delay) {
    if (!request_flush_ || std::exchange(flush_requested_, true)) return;
    request_flush_(delay);
}

void Logger::append(LogLine& made) {
    const std::string line = in_order(made);
    if (pending_.size() + line.size() > pending_limit && !stuck_) {
        stuck_ = !put(patience_ms) && pending_.size() + line.size() > pending_limit;
    }
    if (pending_.size() + line.size() > pending_limit) {
        ++dropped_;
    } else {
        pending_ += line;
    }
}

std::string Logger::in_order(LogLine& line) {
    const bool is_earlier = newest_ && line.time() < *newest_;
    const bool is_short = is_earlier && (*newest_ - line.time() < most_disorder ||
                                         mutated(DaemonMutant::clock_back_never_shown));
    if (is_short && !mutated(DaemonMutant::log_out_of_order)) {
        line.set_time(*newest_);
    } else {
        newest_ = line.time();
    }
    return line.finish();
}

// In pieces that a pipe takes whole if it says that it takes anything.
bool Logger::put(int wait_ms) {
    std::size_t done = 0;
    while (done < pending_.size()) {
        pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        const int ready = poll(&writable, 1, wait_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) break;
        const std::size_t piece = std::min<std::size_t>(pending_.size() - done, PIPE_BUF);
        const ssize_t put = ::write(descriptor_, pending_.data() + done, piece);
        if (put > 0) {
            done += static_cast<std::size_t>(put);
            stuck_ = false;
        } else if (put == 0 || (errno != EINTR && errno != EAGAIN)) {
            done = pending_.size();  // it is gone
        }
    }
    pending_.erase(0, done);
    return pending_.empty();
}

std::optional<std::uint64_t> Logger::admit(std::string_view message,
                                           std::span<const LogField> fields) {
    std::string text(message);
    for (const LogField& field : fields) {
        text.append(1, '\0').append(field.key).append(1, '=').append(field.value);
    }
    const BootTime now = clock_.boot_now();
    const base::MutexLock lock(mutex_);
    if (warnings_.size() >= repeats_remembered) {
        std::erase_if(warnings_, [now](const auto& entry) {
            return now - entry.second.last >= repeat_interval;
        });
    }
    if (warnings_.size() >= repeats_remembered) warnings_.clear();
    const auto [found, is_new] = warnings_.try_emplace(std::move(text), Repeated{now, 0});
    if (is_new) return 0;
    if (now - found->second.last < repeat_interval) {
        ++found->second.held_back;
        return std::nullopt;
    }
    found->second.last = now;
    return std::exchange(found->second.held_back, 0);
}

void Logger::log(LogLevel level, std::string_view message, std::span<const LogField> fields) {
    std::uint64_t held_back = 0;
    if (level == LogLevel::warning) {
        const auto admitted = admit(message, fields);
        if (!admitted) return;
        held_back = *admitted;
    }
    LogLine entry = line(level, message);
    for (const LogField& field : fields) entry.text(field.key, field.value);
    if (held_back > 0) entry.number("held_back", static_cast<std::int64_t>(held_back));
    write(entry);
}

}  // namespace quantum::daemon
