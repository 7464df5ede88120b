#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "quantum/dialect.hpp"

/// Random expressions of a dialect, mostly valid, drawn from one seed.
namespace quantum::test {

class RandomText {
public:
    RandomText(std::uint64_t seed, Dialect dialect) : random_(seed), dialect_(dialect) {}

    [[nodiscard]] std::string expression() {
        switch (dialect_) {
            case Dialect::systemd:
                return calendar();
            case Dialect::aws:
                return "cron(" + fields() + ")";
            default:
                return fields();
        }
    }

    [[nodiscard]] std::uint32_t number(std::uint32_t low, std::uint32_t high) {
        return std::uniform_int_distribution<std::uint32_t>(low, high)(random_);
    }
    [[nodiscard]] bool one_in(std::uint32_t n) { return number(1, n) == 1; }

private:
    [[nodiscard]] bool is(Dialect a, Dialect b) const { return dialect_ == a || dialect_ == b; }

    std::string fields() {
        const bool seconds =
            is(Dialect::seconds, Dialect::spring) || is(Dialect::quartz, Dialect::quantum_extended);
        const bool question = is(Dialect::quartz, Dialect::aws);
        std::string text = seconds ? field(0, 59) + " " : "";
        const bool day_open = one_in(2);
        text += field(0, 59) + " " + field(0, 23) + " ";
        text += (question && day_open ? "?" : days()) + " " + field(1, 12) + " ";
        text += question ? (day_open ? weekdays() : "?") : weekdays();
        const bool years =
            is(Dialect::quantum, Dialect::quantum_extended) || dialect_ == Dialect::quartz;
        if (dialect_ == Dialect::aws) text += " " + field(1970, 2199);
        if (years && one_in(4)) text += " " + field(1970, 2199);
        return text;
    }

    std::string field(std::uint32_t low, std::uint32_t high) {
        if (one_in(3)) return "*";
        std::string text = item(low, high);
        while (one_in(3)) text += "," + item(low, high);
        return text;
    }

    std::string item(std::uint32_t low, std::uint32_t high) {
        const std::uint32_t step = number(1, (high - low) / 2 + 1);
        const std::uint32_t a = number(low, high);
        const std::uint32_t b = number(a, high);
        if (dialect_ == Dialect::jenkins && one_in(4)) return hashed(low, high);
        if (dialect_ == Dialect::cron && one_in(10)) return text_of(a) + "~" + text_of(b);
        const bool wraps =
            is(Dialect::quantum, Dialect::quantum_extended) || dialect_ == Dialect::quartz;
        switch (number(0, wraps ? 6 : 4)) {
            case 0:
                return "*/" + text_of(step);
            case 1:
                return text_of(a) + "-" + text_of(b);
            case 2:
                return text_of(a) + "-" + text_of(b) + "/" + text_of(step);
            case 3:
                return text_of(a) + "/" + text_of(step);
            case 5:
                return text_of(b) + "-" + text_of(a);
            case 6:
                return text_of(b) + "-" + text_of(a) + "/" + text_of(step);
            default:
                return text_of(a);
        }
    }

    std::string hashed(std::uint32_t low, std::uint32_t high) {
        if (one_in(2)) return "H";
        return "H/" + text_of(number(1, (high - low) / 2));
    }

    std::string days() {
        const bool specials = !is(Dialect::kubernetes, Dialect::jenkins);
        switch (specials ? number(0, 9) : number(3, 9)) {
            case 0:
                return "L";
            case 1:
                return text_of(number(1, 31)) + "W";
            case 2:
                if (is(Dialect::quantum, Dialect::quantum_extended) || one_in(2)) return "LW";
                return "L-" + text_of(number(1, 30));
            case 3:
                return text_of(number(28, 31));
            case 4:
            case 5:
            case 6:
                return "*";
            default:
                return field(1, 31);
        }
    }

    std::string weekdays() {
        const bool specials = !is(Dialect::kubernetes, Dialect::jenkins);
        const bool from_one = is(Dialect::quartz, Dialect::aws);
        switch (specials ? number(0, 9) : number(2, 9)) {
            case 0:
                return text_of(number(1, 7)) + "L";
            case 1:
                return text_of(number(1, 7)) + "#" + text_of(number(1, 5));
            case 2:
            case 3:
            case 4:
            case 5:
                return "*";
            default:
                // Cron's week may end in Sunday: 5-0, sat-sun.
                if (dialect_ == Dialect::cron && one_in(4)) return text_of(number(1, 7)) + "-0";
                return field(from_one ? 1 : 0, 7);
        }
    }

    std::string calendar() {
        std::string text;
        if (one_in(3)) text = one_in(2) ? "Mon..Fri " : "Tue,Sat,Sun ";
        text += one_in(4) ? calendar_field(2000, 2100) : "*";
        text += "-" + calendar_field(1, 12);
        text += one_in(4) ? "~" + calendar_days_from_end() : "-" + calendar_field(1, 31);
        return text + " " + calendar_field(0, 23) + ":" + calendar_field(0, 59) + ":" +
               calendar_field(0, 59);
    }

    std::string calendar_field(std::uint32_t low, std::uint32_t high) {
        if (one_in(3)) return "*";
        std::string text = calendar_item(low, high);
        while (one_in(3)) text += "," + calendar_item(low, high);
        return text;
    }

    std::string calendar_item(std::uint32_t low, std::uint32_t high) {
        const std::uint32_t a = number(low, high - 1);
        const std::uint32_t b = number(a + 1, high);
        switch (number(0, 3)) {
            case 0:
                return text_of(a) + ".." + text_of(b);
            case 1:
                return text_of(a) + ".." + text_of(b) + "/" + text_of(number(1, b - a));
            case 2:
                return text_of(a) + "/" + text_of(number(1, high - a));
            default:
                return text_of(a);
        }
    }

    std::string calendar_days_from_end() {
        const std::uint32_t a = number(2, 28);
        switch (number(0, 2)) {
            case 0:
                return text_of(a) + "/" + text_of(number(1, a - 1));
            case 1:
                return "1.." + text_of(a);
            default:
                return text_of(a);
        }
    }

    static std::string text_of(std::uint32_t value) { return std::to_string(value); }

    std::mt19937_64 random_;
    Dialect dialect_;
};

}  // namespace quantum::test
