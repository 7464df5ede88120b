#include "verify/words.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace quantum::verify {

namespace {

std::string_view plain(EntryState state) {
    switch (state) {
        case EntryState::claimed:
            return "claimed";
        case EntryState::started:
            return "started";
        case EntryState::succeeded:
            return "succeeded";
        case EntryState::failed:
            return "failed";
        case EntryState::timed_out:
            return "timed_out";
        case EntryState::killed:
            return "killed";
        case EntryState::lost:
            return "lost";
        case EntryState::coalesced:
            return "coalesced";
        case EntryState::skipped:
            return "skipped";
    }
    return "unknown";
}

std::string_view plain(SkipReason reason) {
    switch (reason) {
        case SkipReason::none:
            return "no reason";
        case SkipReason::overlap:
            return "overlap";
        case SkipReason::misfire:
            return "misfire";
        case SkipReason::paused:
            return "paused";
        case SkipReason::dst_gap:
            return "dst_gap";
        case SkipReason::node_down:
            return "node_down";
        case SkipReason::concurrency:
            return "concurrency";
        case SkipReason::excluded:
            return "excluded";
        case SkipReason::superseded:
            return "superseded";
        case SkipReason::unbound:
            return "unbound";
    }
    return "unknown";
}

}  // namespace

std::string words(WallTime instant) {
    using std::chrono::floor;
    const auto day = floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(instant - day);
    std::array<char, 64> text{};
    const auto micros = static_cast<long>(time.subseconds().count());
    int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    std::string result(text.data(), static_cast<std::size_t>(size));
    if (micros != 0) {
        size = std::snprintf(text.data(), text.size(), ".%06ld", micros);
        result.append(text.data(), static_cast<std::size_t>(size));
    }
    return result + "Z";
}

std::string words(Duration duration) {
    if (duration < Duration::zero()) return std::string(1, '-').append(words(-duration));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    const long long whole = seconds.count();
    if (whole >= 3600) {
        std::string text = std::to_string(whole / 3600) + " h";
        if (const auto minutes = whole / 60 % 60; minutes != 0) {
            text.append(1, ' ').append(std::to_string(minutes)).append(" min");
        }
        return text;
    }
    if (whole >= 120) {
        std::string text = std::to_string(whole / 60) + " min";
        if (const auto rest = whole % 60; rest != 0) {
            text.append(1, ' ').append(std::to_string(rest)).append(" s");
        }
        return text;
    }
    std::array<char, 32> text{};
    const double exact = static_cast<double>(duration.count()) / 1e6;
    std::snprintf(text.data(), text.size(), "%.6g s", exact);
    return text.data();
}

std::string words(EntryState state, SkipReason reason) {
    std::string text(plain(state));
    if (state == EntryState::skipped) text.append(1, '(').append(plain(reason)).append(1, ')');
    return text;
}

}  // namespace quantum::verify
