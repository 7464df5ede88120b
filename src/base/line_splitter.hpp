#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantum::base {

/// Splits a stream of bytes into lines, without their newlines. A line longer than `limit` bytes is
/// split into pieces of `limit`; anything after the last newline is passed on by `finish`.
///
///     splitter.feed(chunk, [&](std::string_view line) { ... });
///     splitter.finish([&](std::string_view line) { ... });
///
/// Copies only the rest of a chunk whose line continues in the next one. Views are valid during the
/// call. Not thread-safe.
class LineSplitter {
public:
    static constexpr std::size_t default_limit = std::size_t{64} * 1024;

    explicit LineSplitter(std::size_t limit = default_limit) : limit_(limit) {}

    template <class Emit>
    void feed(std::string_view chunk, Emit&& emit) {
        while (!chunk.empty()) {
            const std::size_t newline = chunk.find('\n');
            std::string_view part = chunk.substr(0, newline);
            // A piece is passed on only when the line is known to continue: a line of exactly
            // `limit` bytes is one line, not a piece and an empty rest.
            while (kept_.size() + part.size() > limit_) {
                const std::size_t take = limit_ - kept_.size();
                emit_joined(part.substr(0, take), emit);
                part.remove_prefix(take);
            }
            if (newline == std::string_view::npos) {
                kept_.append(part);
                return;
            }
            emit_joined(part, emit);
            chunk.remove_prefix(newline + 1);
        }
    }

    template <class Emit>
    void finish(Emit&& emit) {
        if (!kept_.empty()) emit_joined({}, emit);
        kept_.shrink_to_fit();
    }

private:
    template <class Emit>
    void emit_joined(std::string_view rest, Emit&& emit) {
        if (kept_.empty()) {
            emit(rest);
            return;
        }
        kept_.append(rest);
        emit(std::string_view(kept_));
        kept_.clear();
    }

    std::size_t limit_;
    std::string kept_;
};

}  // namespace quantum::base
