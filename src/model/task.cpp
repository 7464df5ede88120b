#include "quantum/task.hpp"

#include <memory>
#include <utility>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

namespace quantum {

// Calls `act` with the member that holds what a task of this kind is.
template <class Act>
void Task::with_member(TaskKind kind, const Act& act) {
    switch (kind) {
        case TaskKind::none:
            return;
        case TaskKind::function:
            return act(&Task::function_);
        case TaskKind::execution_function:
            return act(&Task::execution_function_);
        case TaskKind::context_function:
            return act(&Task::context_function_);
        case TaskKind::coroutine_function:
            return act(&Task::coroutine_function_);
        case TaskKind::handler:
            return act(&Task::handler_);
        case TaskKind::command:
            return act(&Task::command_);
        case TaskKind::request:
            return act(&Task::request_);
    }
}

Task::Task(Function function) noexcept : kind_(TaskKind::function) {
    std::construct_at(&function_, std::move(function));
}

Task::Task(ExecutionFunction function) noexcept : kind_(TaskKind::execution_function) {
    std::construct_at(&execution_function_, std::move(function));
}

Task::Task(ContextFunction function) noexcept : kind_(TaskKind::context_function) {
    std::construct_at(&context_function_, std::move(function));
}

Task::Task(CoroutineFunction function) noexcept : kind_(TaskKind::coroutine_function) {
    std::construct_at(&coroutine_function_, std::move(function));
}

Task::Task(HandlerCall call) : kind_(TaskKind::handler) {
    std::construct_at(&handler_, std::move(call));
}

Task::Task(Command command) : Task(PackedCommand(std::move(command))) {}

Task::Task(PackedCommand command) noexcept : kind_(TaskKind::command) {
    std::construct_at(&command_, std::move(command));
}

Task::Task(HttpRequest request) : kind_(TaskKind::request) {
    std::construct_at(&request_, std::move(request));
}

Task::Task(const Task& other) { take(other); }

Task::Task(Task&& other) noexcept { take(std::move(other)); }

Task& Task::operator=(const Task& other) {
    if (this != &other) *this = Task(other);
    return *this;
}

Task& Task::operator=(Task&& other) noexcept {
    if (this != &other) {
        clear();
        take(std::move(other));
    }
    return *this;
}

Task::~Task() { clear(); }

const Function* Task::function() const {
    return kind_ == TaskKind::function ? &function_ : nullptr;
}

const ExecutionFunction* Task::execution_function() const {
    return kind_ == TaskKind::execution_function ? &execution_function_ : nullptr;
}

const ContextFunction* Task::context_function() const {
    return kind_ == TaskKind::context_function ? &context_function_ : nullptr;
}

const CoroutineFunction* Task::coroutine_function() const {
    return kind_ == TaskKind::coroutine_function ? &coroutine_function_ : nullptr;
}

void Task::take(const Task& other) {
    with_member(other.kind_,
                [&](auto member) { std::construct_at(&(this->*member), other.*member); });
    kind_ = other.kind_;
}

void Task::take(Task&& other) noexcept {
    with_member(other.kind_, [&](auto member) {
        std::construct_at(&(this->*member), std::move(other.*member));
    });
    kind_ = other.kind_;
    other.clear();
}

void Task::clear() noexcept {
    with_member(kind_, [&](auto member) { std::destroy_at(&(this->*member)); });
    kind_ = TaskKind::none;
}

const Command* command_of(const Task& task) {
    return task.kind() == TaskKind::command ? task.command_.unfolded() : nullptr;
}

const HandlerCall* handler_of(const Task& task) {
    return task.kind() == TaskKind::handler ? task.handler_.get() : nullptr;
}

const HttpRequest* request_of(const Task& task) {
    return task.kind() == TaskKind::request ? task.request_.get() : nullptr;
}

}  // namespace quantum
