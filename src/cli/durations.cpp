#include "cli/durations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace quantum::cli {
namespace {

constexpr std::string_view blanks = " \t\r";

/// Takes the first word off `rest`, and tells where it stood.
struct Word {
    std::string_view text;
    std::size_t column = 0;  // 1-based
};

class DurationLine {
public:
    explicit DurationLine(std::string_view text) : text_(text) {}

    /// Empty at the end.
    Word peek() {
        at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
        const std::size_t end = std::min(text_.find_first_of(blanks, at_), text_.size());
        return {text_.substr(at_, end - at_), at_ + 1};
    }
    Word take() {
        const Word word = peek();
        at_ += word.text.size();
        return word;
    }
    /// What is left, without blanks around it.
    Word rest() {
        const std::size_t begin = peek().column - 1;
        const std::size_t last = text_.find_last_not_of(blanks);
        if (begin >= text_.size() || last == std::string_view::npos) return {{}, begin + 1};
        return {text_.substr(begin, last + 1 - begin), begin + 1};
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// "0s", "1h30m", "250ms"; at most a year.
std::optional<Duration> duration_of(std::string_view text) {
    struct Unit {
        std::string_view name;
        Duration size;
    };
    static constexpr std::array<Unit, 5> units{{{"ms", std::chrono::milliseconds(1)},
                                                {"s", std::chrono::seconds(1)},
                                                {"m", std::chrono::minutes(1)},
                                                {"h", std::chrono::hours(1)},
                                                {"d", std::chrono::days(1)}}};
    constexpr Duration most = std::chrono::days(366);
    if (text.empty()) return std::nullopt;
    Duration total{};
    while (!text.empty()) {
        std::uint32_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& known) {
            return text.starts_with(known.name);
        });
        if (unit == units.end() || number > most / unit->size) return std::nullopt;
        text.remove_prefix(unit->name.size());
        total += number * unit->size;
    }
    return total <= most ? std::optional(total) : std::nullopt;
}

std::optional<OutcomeKind> outcome_named(std::string_view text) {
    for (const OutcomeKind kind : {OutcomeKind::succeeded, OutcomeKind::failed,
                                   OutcomeKind::timed_out, OutcomeKind::killed}) {
        if (text == to_string(kind)) return kind;
    }
    return std::nullopt;
}

class Parser {
public:
    explicit Parser(const std::set<std::string, std::less<>>& jobs) : jobs_(jobs) {}

    Durations parse(std::string_view text) {
        while (!text.empty()) {
            ++number_;
            const std::size_t end = std::min(text.find('\n'), text.size());
            parse_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return std::move(found_);
    }

private:
    void parse_line(std::string_view text) {
        DurationLine line(text);
        if (line.peek().text.empty() || line.peek().text.front() == '#') return;
        const Word first = line.take();
        const auto duration = duration_of(first.text);
        if (!duration) {
            return refuse(first,
                          "'" + config::printable(first.text) +
                              "' is not a duration; write 90s, 1h30m or 250ms, at most 366d");
        }
        simulation::ExpectedRun run{*duration};
        if (const auto outcome = outcome_named(line.peek().text)) {
            run.outcome = *outcome;
            line.take();
        }
        const Word job = line.rest();
        if (job.text.empty()) {
            return refuse(job,
                          "the job is missing; a line is DURATION [OUTCOME] JOB, and * means "
                          "all other jobs");
        }
        if (job.text == "*") {
            if (std::exchange(others_seen_, true)) {
                return refuse(job, "there is already a line for *");
            }
            found_.others = run;
            return;
        }
        if (!jobs_.contains(job.text)) {
            return refuse(job, "there is no job '" + config::printable(job.text) + "'");
        }
        if (!found_.runs.try_emplace(std::string(job.text), run).second) {
            refuse(job, "there is a line for '" + config::printable(job.text) + "' already");
        }
    }

    void refuse(const Word& word, std::string message) {
        found_.problems.push_back({.line = number_,
                                   .column = word.column,
                                   .length = std::max<std::size_t>(word.text.size(), 1),
                                   .message = std::move(message)});
    }

    const std::set<std::string, std::less<>>& jobs_;
    std::size_t number_ = 0;
    bool others_seen_ = false;
    Durations found_;
};

}  // namespace

Durations parse_durations(std::string_view text, const std::set<std::string, std::less<>>& jobs) {
    return Parser(jobs).parse(text);
}

}  // namespace quantum::cli
