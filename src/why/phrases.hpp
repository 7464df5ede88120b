#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/storage/ledger.hpp"

#include "times/short_text.hpp"

namespace quantum::why {

/// The words that sentences have in common. Times are local to the job's zone.
class Phrases {
public:
    Phrases(const zone::Zone* zone, WallTime now) : times_(zone, now) {}

    [[nodiscard]] std::string at(WallTime time) const { return times_.text(time); }
    [[nodiscard]] std::string to_the_second(WallTime time) const {
        return times_.with_seconds(time);
    }
    [[nodiscard]] const times::ShortTimes& times() const { return times_; }
    [[nodiscard]] WallTime now() const { return times_.now(); }

    /// "25c038d1 of 02:20"
    [[nodiscard]] std::string run(const Entry& entry) const;
    /// "exit 3", "TERM", "succeeded"
    [[nodiscard]] static std::string end(const Outcome& outcome);
    /// "1 due time", "15 due times"
    [[nodiscard]] static std::string counted(std::uint64_t number, std::string_view noun);
    /// A text by somebody else, in quotes.
    [[nodiscard]] static std::string quoted(std::string_view text);

private:
    times::ShortTimes times_;
};

}  // namespace quantum::why
