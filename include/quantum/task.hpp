#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "quantum/coroutine.hpp"
#include "quantum/detail/refusal.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/detail/task_result.hpp"
#include "quantum/execution_context.hpp"

namespace quantum::model {
class CommandView;
class CommonCommands;
}  // namespace quantum::model

namespace quantum {

struct Command;      // quantum/command.hpp
struct HttpRequest;  // quantum/http_request.hpp

/// The internal representation of commands in tasks: the individual strings as one text, and the
/// parts that many commands have in common, shared. Use `command_of` to get the command.
class PackedCommand {
public:
    struct Cell;

    explicit PackedCommand(Command command);
    PackedCommand(const PackedCommand& other) noexcept;
    PackedCommand(PackedCommand&& other) noexcept;
    PackedCommand& operator=(const PackedCommand&) = delete;
    PackedCommand& operator=(PackedCommand&&) = delete;
    ~PackedCommand();

private:
    friend class model::CommandView;
    friend class model::CommonCommands;
    friend const Command* command_of(const class Task& task);

    explicit PackedCommand(Cell* cell) noexcept : cell_(cell) {}
    [[nodiscard]] const Command* unfolded() const;

    Cell* cell_;
};

/// A registered handler and its arguments: a task that can be stored.
struct HandlerCall {
    std::string name;
    std::string arguments;  ///< JSON text that the library does not parse

    friend bool operator==(const HandlerCall&, const HandlerCall&) = default;
};

/// A handler named by a HandlerCall: a callable that receives the context, or a `const Execution&`,
/// and the arguments. What it returns counts as it does for a Task.
class Handler {
public:
    Handler() = default;
    // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload): whatever
    // can be called is a handler, but a handler itself, which the constraint sees to
    template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Handler> &&
             std::invocable<std::remove_cvref_t<T>&, ExecutionContext&, std::string_view>)
        Handler(T&& callable)
        : call_([f = std::forward<T>(callable)](ExecutionContext& context,
                                                std::string_view arguments) mutable {
              detail::call_and_keep(context, f, context, arguments);
          }) {}
    // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)

    void operator()(ExecutionContext& context, std::string_view arguments) const {
        call_(context, arguments);
    }

private:
    std::function<void(ExecutionContext&, std::string_view)> call_;
};

using Function = std::function<void()>;
using ExecutionFunction = std::function<void(const Execution&)>;
using ContextFunction = std::function<void(ExecutionContext&)>;
using CoroutineFunction = std::function<Coroutine(ExecutionContext&)>;

namespace detail {

template <class F, class... Arguments>
consteval auto result_mistake() {
    using Mistake = mistake::bool_or_optional_cannot_say_why_a_task_failed_return_Status_or_Result;
    if constexpr (!returns_soundly<F, Arguments...>) return static_cast<Mistake*>(nullptr);
}

template <class F>
consteval auto task_mistake() {
    using Mistake = mistake::a_task_takes_nothing_or_an_Execution_or_an_ExecutionContext;
    if constexpr (std::invocable<F&>) {
        return result_mistake<F>();
    } else if constexpr (std::invocable<F&, const Execution&>) {
        return result_mistake<F, const Execution&>();
    } else if constexpr (std::invocable<F&, ExecutionContext&>) {
        return result_mistake<F, ExecutionContext&>();
    } else {
        return static_cast<Mistake*>(nullptr);
    }
}

/// What is wrong with an F that is to be a task; void: nothing.
template <class F>
using TaskMistake = std::remove_pointer_t<decltype(task_mistake<F>())>;

}  // namespace detail

enum class TaskKind : std::uint8_t {
    none,  ///< an empty task
    function,
    execution_function,
    context_function,
    coroutine_function,
    handler,
    command,
    request,
};

/// What a job does: any callable, a registered handler, a child process, or an HTTP request. The
/// last three are shared by copies of a task.
///
///     Task task = [] { refresh(); };
///     Task task = [](const Execution& execution) { … };
///     Task task = [](ExecutionContext& context) { … };
///     Task task = [](ExecutionContext& context) -> Coroutine { … co_await … };
///     Task task = HandlerCall{"mail", R"({"to": "ops"})"};
///     Task task = Command{.argv = {"/usr/bin/backup"}};                // quantum/command.hpp
///     Task task = HttpRequest{.url = "https://example.org/refresh"};  // quantum/http_request.hpp
///
/// A string or number that a callable returns, or a `Result` of one, is the result of the run. An
/// exception, or a `Status` or `Result` with an error, makes the run fail with its text. `bool` and
/// `std::optional` do not compile: they cannot say why.
///
/// Not a std::variant, because its copy and destruction code would be compiled wherever a job is
/// used.
class Task {
public:
    Task() noexcept {}  // NOLINT(modernize-use-equals-default): the union would delete it
    // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload): whatever
    // can be done is a task, but a task itself, which the constraint sees to
    Task(Function function) noexcept;
    Task(ExecutionFunction function) noexcept;
    Task(ContextFunction function) noexcept;
    Task(CoroutineFunction function) noexcept;
    Task(HandlerCall call);
    Task(Command command);
    Task(HttpRequest request);

    template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Task> &&
             std::is_void_v<detail::TaskMistake<std::remove_cvref_t<T>>>) Task(T&& callable)
        : Task(made(std::forward<T>(callable))) {}

    // What does not compile, and why.
    template <class T, class Mistake = detail::TaskMistake<T>>
    requires(!std::is_void_v<Mistake> && detail::RefusedInPlace<T>) consteval Task(const T&)
        : refusal_(&detail::refused<Mistake>) {}
    template <class T, class Mistake = detail::TaskMistake<T>>
    requires(!std::is_void_v<Mistake> && !detail::RefusedInPlace<T>) Task(const T&)
    = delete;
    // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)

    Task(const Task& other);
    Task(Task&& other) noexcept;
    Task& operator=(const Task& other);
    Task& operator=(Task&& other) noexcept;
    ~Task();

    [[nodiscard]] TaskKind kind() const { return kind_; }
    /// Null where the task is of another kind.
    [[nodiscard]] const Function* function() const;
    [[nodiscard]] const ExecutionFunction* execution_function() const;
    [[nodiscard]] const ContextFunction* context_function() const;
    [[nodiscard]] const CoroutineFunction* coroutine_function() const;

private:
    template <class F, class... Arguments>
    static constexpr bool gives = !std::is_void_v<std::invoke_result_t<F&, Arguments...>>;
    template <class F, class... Arguments>
    static constexpr bool awaits = std::same_as<std::invoke_result_t<F&, Arguments...>, Coroutine>;

    template <class T>
    static Task made(T&& callable) {
        using F = std::remove_cvref_t<T>;
        if constexpr (std::invocable<F&>) {
            return of_function<F>(std::forward<T>(callable));
        } else if constexpr (std::invocable<F&, const Execution&>) {
            return of_execution_function<F>(std::forward<T>(callable));
        } else {
            return of_context_function<F>(std::forward<T>(callable));
        }
    }

    template <class F>
    static Task of_function(F function) {
        if constexpr (awaits<F>) {
            return CoroutineFunction(
                [f = std::move(function)](ExecutionContext&) mutable { return f(); });
        } else if constexpr (gives<F>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                detail::call_and_keep(context, f);
            });
        } else {
            return Function(std::move(function));
        }
    }

    template <class F>
    static Task of_execution_function(F function) {
        if constexpr (awaits<F, const Execution&>) {
            return CoroutineFunction([f = std::move(function)](ExecutionContext& context) mutable {
                return f(context.execution());
            });
        } else if constexpr (gives<F, const Execution&>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                detail::call_and_keep(context, f, context.execution());
            });
        } else {
            return ExecutionFunction(std::move(function));
        }
    }

    template <class F>
    static Task of_context_function(F function) {
        if constexpr (awaits<F, ExecutionContext&>) {
            return CoroutineFunction(std::move(function));
        } else if constexpr (gives<F, ExecutionContext&>) {
            return ContextFunction([f = std::move(function)](ExecutionContext& context) mutable {
                detail::call_and_keep(context, f, context);
            });
        } else {
            return ContextFunction(std::move(function));
        }
    }

    friend class model::CommandView;
    friend class model::CommonCommands;
    friend const Command* command_of(const Task& task);
    friend const HandlerCall* handler_of(const Task& task);
    friend const HttpRequest* request_of(const Task& task);

    explicit Task(PackedCommand command) noexcept;

    template <class Act>
    static void with_member(TaskKind kind, const Act& act);
    void take(const Task& other);
    void take(Task&& other) noexcept;
    void clear() noexcept;

    // kind_ is the discriminator.
    union {
        Function function_;
        ExecutionFunction execution_function_;
        ContextFunction context_function_;
        CoroutineFunction coroutine_function_;
        Shared<HandlerCall> handler_;
        PackedCommand command_;
        Shared<HttpRequest> request_;
        detail::Refusal refusal_;  // of a constructor that does not compile
    };
    TaskKind kind_ = TaskKind::none;
};

/// Null if the task is of another kind. The command is created on first use from the internal
/// representation, and kept as long as the task and its copies; it takes about 1,500 bytes.
[[nodiscard]] const Command* command_of(const Task& task);
/// Null where the task is of another kind.
[[nodiscard]] const HandlerCall* handler_of(const Task& task);
[[nodiscard]] const HttpRequest* request_of(const Task& task);

}  // namespace quantum
