// What a task can be made of, and that its copies are its own.
#include "quantum/task.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/http_request.hpp"

namespace quantum::test {
namespace {

// One of every kind, in the order of TaskKind.
std::vector<Task> one_of_each(const std::shared_ptr<int>& held) {
    std::vector<Task> tasks;
    tasks.emplace_back();
    tasks.emplace_back([held] { static_cast<void>(held); });
    tasks.emplace_back([held](const Execution&) { static_cast<void>(held); });
    tasks.emplace_back([held](ExecutionContext&) { static_cast<void>(held); });
    tasks.emplace_back([held](ExecutionContext&) -> Coroutine {
        static_cast<void>(held);
        co_return;
    });
    tasks.emplace_back(HandlerCall{"mail", "{}"});
    tasks.emplace_back(Command{.argv = {"/bin/true"}});
    tasks.emplace_back(HttpRequest{.url = "https://example.org/"});
    return tasks;
}

bool holds_its_kind(const Task& task) {
    const TaskKind kind = task.kind();
    return (task.function() != nullptr) == (kind == TaskKind::function) &&
           (task.execution_function() != nullptr) == (kind == TaskKind::execution_function) &&
           (task.context_function() != nullptr) == (kind == TaskKind::context_function) &&
           (task.coroutine_function() != nullptr) == (kind == TaskKind::coroutine_function) &&
           (handler_of(task) != nullptr) == (kind == TaskKind::handler) &&
           (command_of(task) != nullptr) == (kind == TaskKind::command) &&
           (request_of(task) != nullptr) == (kind == TaskKind::request);
}

TEST(Task, KnowsWhatItWasMadeOf) {
    const auto tasks = one_of_each(std::make_shared<int>());
    ASSERT_EQ(tasks.size(), 8u);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        EXPECT_EQ(tasks[i].kind(), static_cast<TaskKind>(i));
        EXPECT_TRUE(holds_its_kind(tasks[i])) << i;
    }
    EXPECT_EQ(handler_of(tasks[5])->name, "mail");
    EXPECT_EQ(command_of(tasks[6])->argv.front(), "/bin/true");
    EXPECT_EQ(request_of(tasks[7])->url, "https://example.org/");
}

TEST(Task, TheResultOfACallableAsksForAContext) {
    EXPECT_EQ(Task([] { return 42; }).kind(), TaskKind::context_function);
    EXPECT_EQ(Task([] { return std::string("done"); }).kind(), TaskKind::context_function);
    EXPECT_EQ(Task([](const Execution&) { return 1.5; }).kind(), TaskKind::context_function);
    Function function = [] {};
    EXPECT_EQ(Task(function).kind(), TaskKind::function);
    EXPECT_TRUE(function) << "it was copied, not moved away";
}

TEST(Task, TakesThePlaceOfAnyOther) {
    const auto held = std::make_shared<int>();
    {
        const auto tasks = one_of_each(held);
        for (const Task& before : tasks) {
            for (const Task& after : tasks) {
                Task copied = before;
                copied = after;
                EXPECT_EQ(copied.kind(), after.kind());
                EXPECT_TRUE(holds_its_kind(copied));
                Task source = after;
                Task moved = before;
                moved = std::move(source);
                EXPECT_EQ(moved.kind(), after.kind());
                EXPECT_TRUE(holds_its_kind(moved));
                EXPECT_EQ(command_of(moved), command_of(after)) << "copies share it";
            }
        }
        EXPECT_EQ(held.use_count(), 5) << "the four functions and this test";
    }
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, MovedFromIsNone) {
    Task task = HandlerCall{"mail", "{}"};
    const Task other = std::move(task);
    EXPECT_EQ(other.kind(), TaskKind::handler);
    EXPECT_EQ(task.kind(), TaskKind::none);  // NOLINT(bugprone-use-after-move): that is the point
}

TEST(Task, AssignedToItselfStaysWhatItIs) {
    Task task = HandlerCall{"mail", "{}"};
    Task& same = task;
    task = same;
    ASSERT_NE(handler_of(task), nullptr);
    task = std::move(same);
    ASSERT_NE(handler_of(task), nullptr);
    EXPECT_EQ(handler_of(task)->name, "mail");
}

}  // namespace
}  // namespace quantum::test
