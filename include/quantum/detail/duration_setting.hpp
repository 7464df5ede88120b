#pragma once

#include <chrono>
#include <concepts>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/detail/refusal.hpp"

namespace quantum {

namespace detail {

template <class T>
concept NoDuration = !std::convertible_to<T, Duration> && !std::same_as<T, std::nullopt_t> &&
                     !std::convertible_to<T, std::optional<Duration>>;

}  // namespace detail

/// A duration, or unset: a `Setting<Duration>` that says what is wrong with a number without a
/// unit.
///
///     spec.timeout = 30s;
///     if (spec.timeout) use(*spec.timeout);
///     spec.timeout = std::nullopt;
class DurationSetting {
public:
    using value_type = Duration;

    constexpr DurationSetting() : value_() {}
    // NOLINTBEGIN(google-explicit-constructor): a duration stands where a setting is wanted
    constexpr DurationSetting(std::nullopt_t) : DurationSetting() {}
    constexpr DurationSetting(Duration value) : value_(value), said_(true) {}
    template <class Count, class Unit>
    requires std::convertible_to<std::chrono::duration<Count, Unit>, Duration>
    constexpr DurationSetting(const std::chrono::duration<Count, Unit>& value)
        : DurationSetting(Duration(value)) {}
    constexpr DurationSetting(const std::optional<Duration>& value)
        : value_(value.value_or(Duration{})), said_(value.has_value()) {}

    // Anything else does not compile.
    template <detail::NoDuration T,
              class Mistake = detail::mistake::a_duration_has_a_unit_as_in_30s>
    consteval DurationSetting(const T&) : refusal_(&detail::refused<Mistake>) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] constexpr bool has_value() const { return said_; }
    [[nodiscard]] constexpr explicit operator bool() const { return said_; }
    /// If unset: 0.
    [[nodiscard]] constexpr const Duration& operator*() const { return value_; }
    [[nodiscard]] constexpr const Duration* operator->() const { return &value_; }
    [[nodiscard]] constexpr Duration value_or(Duration otherwise) const {
        return said_ ? value_ : otherwise;
    }
    constexpr void reset() { *this = DurationSetting(); }

    friend constexpr bool operator==(const DurationSetting& a, const DurationSetting& b) {
        return a.said_ == b.said_ && a.value_ == b.value_;
    }

private:
    union {
        Duration value_;
        detail::Refusal refusal_;  // of the constructor that does not compile
    };
    bool said_ = false;
};

}  // namespace quantum
