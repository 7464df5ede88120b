#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace quantum {

/// A sequence of times, computed lazily; it ends when there are no more.
///
///     for (WallTime due : schedule.after(now)) { … }           // forwards, from the next one
///     for (WallTime due : schedule.before(now)) { … }          // backwards, from the last one
///
/// An input range. Its iterators point into it, so keep the stream while they are used. `Source`
/// provides `next` and `prev`: a Schedule or a CronExpression.
template <class Source, class Time>
class TimeStream {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using value_type = Time;
        using difference_type = std::ptrdiff_t;
        using pointer = const Time*;
        using reference = Time;

        Iterator() = default;
        Time operator*() const { return *time_; }
        Iterator& operator++() {
            time_ = stream_->following(*time_);
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator& it, std::default_sentinel_t) {
            return !it.time_.has_value();
        }

    private:
        friend class TimeStream;
        explicit Iterator(const TimeStream* stream)
            : stream_(stream), time_(stream->following(stream->from_)) {}
        const TimeStream* stream_ = nullptr;
        std::optional<Time> time_;
    };

    [[nodiscard]] Iterator begin() const { return Iterator(this); }
    [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }

private:
    friend Source;
    TimeStream(Source source, Time from, bool forward)
        : source_(std::move(source)), from_(from), forward_(forward) {}
    [[nodiscard]] std::optional<Time> following(Time time) const {
        return forward_ ? source_.next(time) : source_.prev(time);
    }

    Source source_;
    Time from_;
    bool forward_;
};

}  // namespace quantum
