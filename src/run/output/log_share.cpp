#include "run/output/log_share.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "run/mutant.hpp"

namespace quantum::run {
namespace {

// Time, level, execution, channel, and the words for them.
constexpr std::size_t around_a_line = 150;

// Executions of one job that go on at a time, mostly.
constexpr std::size_t remembered = 64;

constexpr std::size_t escaped = 6;

/// A log escapes what acts on a terminal: \u001b, \u202e. Characters that share their first byte
/// with such ones count as these do.
std::size_t written_size(unsigned char first, unsigned char second, std::size_t length) {
    if (length == 1) {
        if (first == '"' || first == '\\') return 2;
        return first < ' ' || first == 0x7F ? escaped : 1;
    }
    if (first == 0xF3) return escaped + 4;
    const bool is_control = first == 0xC2 && second < 0xA0;
    return is_control || first == 0xD8 || first == 0xE2 || first == 0xEF ? escaped : length;
}

std::size_t written(std::string_view text) {
    std::size_t size = 0;
    while (!text.empty()) {
        const std::size_t length = base::utf8_length(text);
        const auto first = static_cast<unsigned char>(text.front());
        const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : first;
        size += length == 0 ? escaped : written_size(first, second, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return size;
}

}  // namespace

std::size_t size_in_log(std::string_view line, std::string_view job) {
    if (mutated(RunMutant::raw_bytes_are_counted)) return around_a_line + line.size();
    return around_a_line + written(job) + written(line);
}

LogShare::Taken& LogShare::taken_by(const ExecutionId& execution) {
    const auto known = std::find_if(taken_.begin(), taken_.end(), [&](const Taken& taken) {
        return taken.execution == execution;
    });
    if (known != taken_.end()) return *known;
    if (taken_.size() == remembered) taken_.pop_front();
    return taken_.emplace_back(Taken{execution, 0});
}

bool LogShare::is_open(const ExecutionId& execution, BootTime now) {
    const base::MutexLock lock(mutex_);
    limiter_.pass_time(now);
    return !limiter_.is_shut() &&
           (rate_.execution == 0 || taken_by(execution).bytes < rate_.execution);
}

bool LogShare::admit(const ExecutionId& execution, std::size_t size) {
    const base::MutexLock lock(mutex_);
    Taken& taken = taken_by(execution);
    const bool fits = rate_.execution == 0 || taken.bytes + size <= rate_.execution ||
                      mutated(RunMutant::execution_logs_without_end);
    if (!fits) {
        taken.bytes = rate_.execution;  // a shorter line would stand where others are missing
        return false;
    }
    if (!limiter_.admit(size)) return false;
    taken.bytes += size;
    return true;
}

bool LogShare::is_whole(BootTime now) {
    const base::MutexLock lock(mutex_);
    limiter_.pass_time(now);
    return limiter_.is_full();
}

std::shared_ptr<LogShare> LogShares::of(const std::string& job, BootTime now) {
    const base::MutexLock lock(mutex_);
    if (shares_.size() >= looked_through_at_) {
        std::erase_if(shares_, [now](const auto& share) {
            return share.second.use_count() == 1 && share.second->is_whole(now);
        });
        looked_through_at_ = std::max<std::size_t>(64, 2 * shares_.size());
    }
    if (mutated(RunMutant::each_attempt_has_a_burst)) return std::make_shared<LogShare>(rate_, now);
    auto& share = shares_[job];
    if (!share) share = std::make_shared<LogShare>(rate_, now);
    return share;
}

}  // namespace quantum::run
