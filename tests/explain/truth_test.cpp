// What the sentence says of the time of day is what the schedule does on a day that is due.
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "quantum/explain.hpp"

#include "support/instants.hpp"
#include "support/property.hpp"

namespace quantum::test {
namespace {

/// Every "07:30" or "07:30:10" of a text, as seconds of the day, in order.
std::vector<int> clock_times(const std::string& text) {
    const auto number = [&text](std::size_t at) -> int {
        if (at + 1 >= text.size()) return -1;
        const char a = text[at];
        const char b = text[at + 1];
        return a >= '0' && a <= '9' && b >= '0' && b <= '9' ? (a - '0') * 10 + (b - '0') : -1;
    };
    std::vector<int> times;
    for (std::size_t i = 0; i + 4 < text.size(); ++i) {
        if (number(i) < 0 || text[i + 2] != ':' || number(i + 3) < 0) continue;
        int time = number(i) * 3600 + number(i + 3) * 60;
        const bool with_second = i + 7 < text.size() && text[i + 5] == ':' && number(i + 6) >= 0;
        if (with_second) time += number(i + 6);
        times.push_back(time);
        i += with_second ? 7 : 4;
    }
    return times;
}

/// The times of day that are due on the first day that is due.
std::vector<int> due_times_of_a_day(const Schedule& schedule) {
    std::vector<int> times;
    const auto first = schedule.next(at("2026-01-01T00:00:00Z") - Duration{1});
    if (!first) return times;
    const auto day = std::chrono::floor<std::chrono::days>(*first);
    for (auto due = first; due && *due < day + std::chrono::days{1}; due = schedule.next(*due)) {
        times.push_back(
            static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(*due - day).count()));
    }
    return times;
}

/// A field of cron with values up to `most`.
rc::Gen<std::string> field(int least, int most) {
    return rc::gen::exec([least, most] {
        const auto value = [least, most] { return *rc::gen::inRange(least, most + 1); };
        switch (*rc::gen::inRange(0, 7)) {
            case 0:
            case 1:
                return std::string("*");
            case 2:
                return std::to_string(value());
            case 3:
                return "*/" + std::to_string(*rc::gen::inRange(2, most));
            case 4: {
                const int a = value();
                const int b = value();
                return std::to_string(std::min(a, b)) + "-" + std::to_string(std::max(a, b));
            }
            case 5: {
                const int a = value();
                const int b = value();
                return std::to_string(std::min(a, b)) + "-" + std::to_string(std::max(a, b)) + "/" +
                       std::to_string(*rc::gen::inRange(1, most / 2 + 1));
            }
            default: {
                std::string list = std::to_string(value());
                for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
                    list += "," + std::to_string(value());
                return list;
            }
        }
    });
}

void times_in_the_sentence_are_due_times() {
    const bool with_seconds = *rc::gen::inRange(0, 3) == 0;
    std::string expression = with_seconds ? *field(0, 59) + " " : "";
    expression += *field(0, 59) + " " + *field(0, 23) + " * * *";
    const auto schedule =
        parse_schedule(expression, {.dialect = with_seconds ? Dialect::seconds : Dialect::cron});
    RC_ASSERT(schedule.has_value());

    const std::string sentence = explain(*schedule);
    const std::vector<int> due = due_times_of_a_day(*schedule);
    const std::vector<int> said = clock_times(sentence);
    RC_LOG() << expression << ": " << sentence;

    // All that is said is true …
    for (const int time : said) RC_ASSERT(std::binary_search(due.begin(), due.end(), time));
    // … a list of times is complete, and windows begin and end where the day does.
    const bool list = sentence.starts_with("At ") && sentence.find(':') == 5;
    const bool full_list = list || sentence.find("hours, at ") != std::string::npos;
    if (full_list) RC_ASSERT(said == due);
    if (!said.empty()) {
        RC_ASSERT(said.front() == due.front());
        RC_ASSERT(said.back() == due.back());
    }
    // "every" with nothing else about hours means every hour.
    const bool hours_named = !said.empty() || sentence.find(" hour") != std::string::npos;
    if (!hours_named) {
        std::set<int> hours;
        for (const int time : due) hours.insert(time / 3600);
        RC_ASSERT(hours.size() == 24u);
    }
}

void numbers_of_every_steps_are_the_distances() {
    const int step = *rc::gen::inRange(2, 31);
    const int first = *rc::gen::inRange(0, step);
    const std::string expression =
        std::to_string(first) + "-59/" + std::to_string(step) + " * * * *";
    const auto schedule = parse_schedule(expression);
    RC_ASSERT(schedule.has_value());
    const std::string sentence = explain(*schedule);
    RC_LOG() << expression << ": " << sentence;
    const std::vector<int> due = due_times_of_a_day(*schedule);
    std::set<int> distances;
    for (std::size_t i = 1; i < due.size(); ++i) distances.insert((due[i] - due[i - 1]) / 60);
    if (!sentence.starts_with("Every ")) return;
    RC_ASSERT(sentence.starts_with("Every " + std::to_string(step) + " minutes"));
    RC_ASSERT(distances.contains(step));
    distances.erase(step);
    // An uneven step says so, with the distance that differs.
    const bool remarked = sentence.find(" gap ") != std::string::npos;
    RC_ASSERT(remarked == !distances.empty());
    for (const int other : distances) {
        const std::string unit = other == 1 ? " minute." : " minutes.";
        RC_ASSERT(sentence.ends_with("is " + std::to_string(other) + unit));
    }
}

TEST(TruthTest, TimesInTheSentenceAreDueTimes) {
    expect_property("times in the sentence are due times", times_in_the_sentence_are_due_times);
}

TEST(TruthTest, NumbersOfEveryStepsAreTheDistances) {
    expect_property("numbers of every steps are the distances",
                    numbers_of_every_steps_are_the_distances);
}

}  // namespace
}  // namespace quantum::test
