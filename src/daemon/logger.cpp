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

}  // namespace

Logger::Logger(int descriptor, const LogStyle& style, const Clock& clock,
               std::function<void(Duration delay)> request_flush)
    : descriptor_(descriptor),
      style_(style),
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
    return {style_, time, level, message};
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
        keep(in_order(told));
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
        keep(line);
    }
}

void Logger::keep(const std::string& line) {
    pending_ += line;
    if (style_.format == LogFormat::journal) records_.push_back(line.size());
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
    if (style_.format != LogFormat::text) return line.finish();
    // The day is said once.
    std::string day = day_text(line.time(), style_.zone);
    const bool is_new = day != std::exchange(day_, day);
    return (is_new ? day + '\n' : std::string()) + line.finish();
}

// In pieces that a pipe takes whole if it says that it takes anything.
std::size_t Logger::next_piece(std::size_t begin) const {
    if (!records_.empty()) return records_.front();
    return std::min<std::size_t>(pending_.size() - begin, PIPE_BUF);
}

bool Logger::put(int wait_ms) {
    std::size_t done = 0;
    while (done < pending_.size()) {
        pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
        const int ready = poll(&writable, 1, wait_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) break;
        const std::size_t piece = next_piece(done);
        const ssize_t put = ::write(descriptor_, pending_.data() + done, piece);
        if (put > 0) {
            done += static_cast<std::size_t>(put);
            stuck_ = false;
        } else if (put == 0 || (errno != EINTR && errno != EAGAIN)) {
            // A record that is refused is one; a stream is gone.
            done += records_.empty() ? pending_.size() - done : piece;
        } else {
            continue;
        }
        if (!records_.empty()) records_.pop_front();
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
