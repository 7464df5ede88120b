#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

namespace quantum::storage {

/// The last digits of an execution ID, as people are shown it.
class IdEnding {
public:
    static constexpr std::size_t fewest = 8;

    /// None: it cannot be one, being too short, the whole, or no hexadecimal digits.
    [[nodiscard]] static std::optional<IdEnding> of(std::string_view text) {
        IdEnding ending;
        if (text.size() < fewest || text.size() >= 2 * sizeof(ExecutionId::bytes)) {
            return std::nullopt;
        }
        for (const char c : text) {
            const bool is_digit = c >= '0' && c <= '9';
            const bool is_lower = c >= 'a' && c <= 'f';
            const bool is_upper = c >= 'A' && c <= 'F';
            if (!is_digit && !is_lower && !is_upper) return std::nullopt;
            ending.digits_ += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
        }
        return ending;
    }

    [[nodiscard]] bool ends(const ExecutionId& id) const {
        std::string text = id.text();
        std::erase(text, '-');
        return text.ends_with(digits_);
    }

    /// The whole bytes at its end.
    [[nodiscard]] std::string bytes() const {
        std::string bytes;
        for (std::size_t at = digits_.size() % 2; at < digits_.size(); at += 2) {
            bytes += static_cast<char>(value(digits_[at]) * 16 + value(digits_[at + 1]));
        }
        return bytes;
    }

private:
    static int value(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

    std::string digits_;
};

inline Error no_execution(std::string_view text) {
    return {ErrorCode::not_found,
            "no execution has an ID that begins with or ends in '" + std::string(text) + "'"};
}

inline Error several_executions(std::string_view text) {
    return {ErrorCode::invalid_argument, "execution id: several begin with or end in '" +
                                             std::string(text) + "'; give more digits"};
}

}  // namespace quantum::storage
