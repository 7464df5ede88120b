#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "quantum/execution_context.hpp"
#include "quantum/result.hpp"

/// What a run makes of that which its task returns.
namespace quantum::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Result<T>, Status among them.
template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<tl::expected<T, Error>> = true;

/// What cannot say why a run failed.
template <class T>
inline constexpr bool is_bare_verdict = std::same_as<T, bool> || is_optional<T>;
template <class T>
inline constexpr bool is_bare_verdict<tl::expected<T, Error>> = is_bare_verdict<T>;

/// Whether a task may return what F returns for these arguments.
template <class F, class... Arguments>
inline constexpr bool returns_soundly =
    !is_bare_verdict<std::remove_cvref_t<std::invoke_result_t<F&, Arguments...>>>;

template <class R>
void keep_value(ExecutionContext& context, R&& value) {
    using T = std::remove_cvref_t<R>;
    static_assert(!is_bare_verdict<T>,
                  "a task that returns bool or std::optional cannot say why it failed: return "
                  "quantum::Status or quantum::Result, throw, or return nothing");
    if constexpr (is_result<T>) {
        if (!value) {
            context.set_failure(std::move(value).error().message);
        } else if constexpr (!std::is_void_v<typename T::value_type>) {
            keep_value(context, *std::forward<R>(value));
        }
    } else if constexpr (std::convertible_to<R, std::string>) {
        context.set_result(std::forward<R>(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
        context.set_result(std::to_string(value));
    }
}

/// Calls the function and keeps what it returns.
template <class F, class... Arguments>
void call_and_keep(ExecutionContext& context, F& function, Arguments&&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Arguments...>>) {
        function(std::forward<Arguments>(arguments)...);
    } else {
        keep_value(context, function(std::forward<Arguments>(arguments)...));
    }
}

}  // namespace quantum::detail
