#include "daemon/logger.hpp"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "daemon/log_text.hpp"

namespace quantum {
namespace {

constexpr std::size_t pending_limit = std::size_t{64} * 1024;
constexpr Duration repeat_interval = std::chrono::minutes(1);
constexpr std::size_t repeats_remembered = 1000;

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
    : format_(format) {
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

std::string LogLine::finish() {
    line_ += format_ == LogFormat::json ? "}\n" : "\n";
    return std::move(line_);
}

Logger::Logger(int descriptor, LogFormat format, const Clock& clock,
               std::function<void()> request_flush)
    : descriptor_(descriptor),
      format_(format),
      clock_(clock),
      request_flush_(std::move(request_flush)) {}

Logger::~Logger() { flush(); }

LogLine Logger::line(LogLevel level, std::string_view message) const {
    return line(clock_.wall_now(), level, message);
}

LogLine Logger::line(WallTime time, LogLevel level, std::string_view message) const {
    return {format_, time, level, message};
}

void Logger::write(LogLine& line) {
    const MutexLock lock(mutex_);
    pending_ += line.finish();
    write_out();
}

void Logger::defer(LogLine& line) {
    {
        const MutexLock lock(mutex_);
        pending_ += line.finish();
        if (pending_.size() >= pending_limit) write_out();
        if (flush_requested_ || pending_.empty()) return;
        flush_requested_ = true;
    }
    if (request_flush_) request_flush_();
}

void Logger::flush() {
    const MutexLock lock(mutex_);
    flush_requested_ = false;
    write_out();
}

void Logger::write_out() {
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const ssize_t put = ::write(descriptor_, rest.data(), rest.size());
        if (put > 0) {
            rest.remove_prefix(static_cast<std::size_t>(put));
        } else if (put < 0 && errno == EAGAIN) {
            // Somebody else made the descriptor non-blocking; a line is worth waiting for.
            pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
            if (poll(&writable, 1, 1000) <= 0) break;
        } else if (put == 0 || errno != EINTR) {
            break;
        }
    }
    pending_.clear();
}

std::optional<std::uint64_t> Logger::admit(std::string_view message,
                                           std::span<const LogField> fields) {
    std::string text(message);
    for (const LogField& field : fields) {
        text.append(1, '\0').append(field.key).append(1, '=').append(field.value);
    }
    const BootTime now = clock_.boot_now();
    const MutexLock lock(mutex_);
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

}  // namespace quantum
