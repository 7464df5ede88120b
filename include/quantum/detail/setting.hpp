#pragma once

#include <optional>
#include <type_traits>
#include <utility>

namespace quantum {

/// A value, or unset, in which case a default applies. Used like a std::optional.
///
///     spec.overlap = Overlap::queue;
///     if (spec.overlap) use(*spec.overlap);
///     spec.overlap = std::nullopt;
///
/// Requires a default-constructible type. A file that uses a dozen of these compiles faster than
/// with as many instantiations of std::optional.
template <class T>
class Setting {
public:
    using value_type = T;

    constexpr Setting() = default;
    // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload): a value
    // stands where a setting is wanted; a setting is no such value
    constexpr Setting(std::nullopt_t) {}
    template <class U>
    requires(std::is_convertible_v<U, T>) constexpr Setting(U&& value)
        : value_(std::forward<U>(value)), said_(true) {}
    template <class U>
    requires(std::is_convertible_v<U, T>) constexpr Setting(const std::optional<U>& value) {
        if (value) *this = Setting(*value);
    }
    /// Anything else does not compile.
    template <class U>
    requires(!std::is_convertible_v<U, T>) Setting(const U& is_no_such_setting)
    = delete;
    // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)

    [[nodiscard]] constexpr bool has_value() const { return said_; }
    [[nodiscard]] constexpr explicit operator bool() const { return said_; }
    /// If unset: a default-constructed T.
    [[nodiscard]] constexpr const T& operator*() const { return value_; }
    [[nodiscard]] constexpr const T* operator->() const { return &value_; }
    [[nodiscard]] constexpr T& operator*() { return value_; }
    [[nodiscard]] constexpr T* operator->() { return &value_; }
    [[nodiscard]] constexpr T value_or(T otherwise) const {
        return said_ ? value_ : std::move(otherwise);
    }
    constexpr void reset() { *this = Setting(); }

    friend constexpr bool operator==(const Setting&, const Setting&) = default;

private:
    T value_{};
    bool said_ = false;
};

}  // namespace quantum
