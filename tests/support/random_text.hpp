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
        std::string text;
        const bool seconds = dialect_ == Dialect::quantum_extended;
        if (seconds) text = field(0, 59) + " ";
        text += field(0, 59) + " " + field(0, 23) + " " + days() + " " + field(1, 12) + " " +
                weekdays();
        const bool years = dialect_ == Dialect::quantum || dialect_ == Dialect::quantum_extended;
        if (years && one_in(4)) text += " " + field(1970, 2100);
        return text;
    }

    [[nodiscard]] std::uint32_t number(std::uint32_t low, std::uint32_t high) {
        return std::uniform_int_distribution<std::uint32_t>(low, high)(random_);
    }
    [[nodiscard]] bool one_in(std::uint32_t n) { return number(1, n) == 1; }

private:
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
        switch (number(0, 4)) {
            case 0:
                return "*/" + std::to_string(step);
            case 1:
                return std::to_string(a) + "-" + std::to_string(b);
            case 2:
                return std::to_string(a) + "-" + std::to_string(b) + "/" + std::to_string(step);
            case 3:
                return std::to_string(a) + "/" + std::to_string(step);
            default:
                return std::to_string(a);
        }
    }

    std::string days() {
        switch (number(0, 9)) {
            case 0:
                return "L";
            case 1:
                return std::to_string(number(1, 31)) + "W";
            case 2:
                return "LW";
            case 3:
                return std::to_string(number(28, 31));
            case 4:
            case 5:
            case 6:
                return "*";
            default:
                return field(1, 31);
        }
    }

    std::string weekdays() {
        switch (number(0, 9)) {
            case 0:
                return std::to_string(number(1, 7)) + "L";
            case 1:
                return std::to_string(number(1, 7)) + "#" + std::to_string(number(1, 5));
            case 2:
            case 3:
            case 4:
            case 5:
                return "*";
            default:
                return field(0, 7);
        }
    }

    std::mt19937_64 random_;
    Dialect dialect_;
};

}  // namespace quantum::test
