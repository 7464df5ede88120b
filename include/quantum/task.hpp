#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "quantum/command.hpp"
#include "quantum/coroutine.hpp"
#include "quantum/execution_context.hpp"
#include "quantum/http_request.hpp"
#include "quantum/shared.hpp"

namespace quantum {

/// A registered handler and its arguments: a task that can be stored.
struct HandlerCall {
    std::string name;
    std::string arguments;  ///< JSON text that the core does not parse

    friend bool operator==(const HandlerCall&, const HandlerCall&) = default;
};

/// What a HandlerCall names; gets its arguments. May take `const Execution&` instead.
using Handler = std::function<void(ExecutionContext&, std::string_view arguments)>;

using Function = std::function<void()>;
using ExecutionFunction = std::function<void(const Execution&)>;
using ContextFunction = std::function<void(ExecutionContext&)>;
using CoroutineFunction = std::function<Coroutine(ExecutionContext&)>;

using TaskVariant =
    std::variant<std::monostate, Function, ExecutionFunction, ContextFunction, CoroutineFunction,
                 Shared<HandlerCall>, Shared<Command>, Shared<HttpRequest>>;

/// What a job does: any callable, a registered handler, a child process, or an HTTP request. The
/// last three are shared by the copies of a task.
///
///     Task task = [] { refresh(); };
///     Task task = [](const Execution& execution) { … };
///     Task task = [](ExecutionContext& context) { … };
///     Task task = [](ExecutionContext& context) -> Coroutine { … co_await … };
///     Task task = HandlerCall{"mail", R"({"to": "ops"})"};
///     Task task = Command{.argv = {"/usr/bin/backup"}};
///     Task task = HttpRequest{.url = "https://example.org/refresh"};
///
/// A text or number that a callable returns is the result of the run; what it throws is its
/// failure.
class Task : public TaskVariant {
public:
    Task() = default;

    template <class T>
    requires(!std::derived_from<std::remove_cvref_t<T>, TaskVariant>)
        // NOLINTNEXTLINE(google-explicit-constructor): whatever can be done is a task
        Task(T&& what)
        : TaskVariant(made(std::forward<T>(what))) {}

private:
    template <class T>
    static constexpr bool is_kind = requires(T&& what) {
        requires !std::invocable<T> || std::same_as<std::remove_cvref_t<T>, Function>;
        requires !std::invocable<T, ExecutionContext&> ||
            std::same_as<std::remove_cvref_t<T>, ExecutionFunction> ||
            std::same_as<std::remove_cvref_t<T>, ContextFunction> ||
            std::same_as<std::remove_cvref_t<T>, CoroutineFunction>;
        TaskVariant(std::forward<T>(what));
    };

    /// The call, its result kept where it is a text or a number.
    template <class F, class... Arguments>
    static void keep_result(ExecutionContext& context, F& function, Arguments&&... arguments) {
        using R = std::invoke_result_t<F&, Arguments...>;
        if constexpr (std::convertible_to<R, std::string>) {
            context.set_result(function(std::forward<Arguments>(arguments)...));
        } else if constexpr (std::is_arithmetic_v<R>) {
            context.set_result(std::to_string(function(std::forward<Arguments>(arguments)...)));
        } else {
            static_cast<void>(function(std::forward<Arguments>(arguments)...));
        }
    }

    template <class F, class... Arguments>
    static constexpr bool gives = !std::is_void_v<std::invoke_result_t<F&, Arguments...>>;
    template <class F, class... Arguments>
    static constexpr bool awaits = std::same_as<std::invoke_result_t<F&, Arguments...>, Coroutine>;

    template <class T>
    static TaskVariant made(T&& what) {
        using F = std::remove_cvref_t<T>;
        if constexpr (is_kind<T>) {
            return TaskVariant(std::forward<T>(what));
        } else if constexpr (std::invocable<F&>) {
            return of_function<F>(std::forward<T>(what));
        } else if constexpr (std::invocable<F&, const Execution&>) {
            return of_execution_function<F>(std::forward<T>(what));
        } else {
            static_assert(std::invocable<F&, ExecutionContext&>,
                          "a task is a callable without parameters or with an Execution or an "
                          "ExecutionContext, a HandlerCall, a Command, or an HttpRequest");
            return of_context_function<F>(std::forward<T>(what));
        }
    }

    template <class F>
    static TaskVariant of_function(F function) {
        if constexpr (awaits<F>) {
            return CoroutineFunction(
                [f = std::move(function)](ExecutionContext&) mutable { return f(); });
        } else if constexpr (gives<F>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                keep_result(context, f);
            });
        } else {
            return Function(std::move(function));
        }
    }

    template <class F>
    static TaskVariant of_execution_function(F function) {
        if constexpr (awaits<F, const Execution&>) {
            return CoroutineFunction([f = std::move(function)](ExecutionContext& context) mutable {
                return f(context.execution());
            });
        } else if constexpr (gives<F, const Execution&>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                keep_result(context, f, context.execution());
            });
        } else {
            return ExecutionFunction(std::move(function));
        }
    }

    template <class F>
    static TaskVariant of_context_function(F function) {
        if constexpr (awaits<F, ExecutionContext&>) {
            return CoroutineFunction(std::move(function));
        } else if constexpr (gives<F, ExecutionContext&>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                keep_result(context, f, context);
            });
        } else {
            return ContextFunction(std::move(function));
        }
    }
};

/// Null where the task is of another kind.
[[nodiscard]] const Command* command_of(const Task& task);
[[nodiscard]] const HandlerCall* handler_of(const Task& task);
[[nodiscard]] const HttpRequest* request_of(const Task& task);

}  // namespace quantum
