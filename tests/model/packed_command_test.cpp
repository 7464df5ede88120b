// Commands as tasks hold them: nothing of them is lost, and what they say alike is held once.
#include "model/packed_command.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// One that says something in every member.
Command full() {
    Command command;
    command.argv = {"/bin/sh", "-c", "", "a b\n", "\xFF"};
    command.environment = {{"PATH", "/bin"}, {"EMPTY", ""}};
    command.input = "first\nsecond\0third"s;
    command.working_directory = "/srv";
    command.or_in_root = true;
    command.timeout = 30s;
    command.kill_after = 2s;
    command.user = "www";
    command.group = "adm";
    command.new_privileges = true;
    command.file_mode_mask = 027;
    command.nice = 5;
    command.limits.open_files = 64;
    command.environment_file = "/etc/env";
    command.secrets = {{"TOKEN", "token"}};
    command.output_file = OutputFile{.path = "/var/log/report.log", .max_size = 9000, .keep = 2};
    command.on_crash = OnCrash::wait;
    command.success_codes = {0, 3};
    return command;
}

/// Commands that are hard to take apart and to put together again.
std::vector<Command> commands() {
    std::vector<Command> all{full(), Command{}};
    Command& no_input = all.emplace_back(full());
    no_input.input.reset();
    Command& empty_input = all.emplace_back(full());
    empty_input.input = "";
    Command& no_file = all.emplace_back(full());
    no_file.output_file.reset();
    Command& one_empty_word = all.emplace_back();
    one_empty_word.argv = {""};
    Command& nul_in_word = all.emplace_back(full());
    nul_in_word.argv = {"a\0b"s, "c"};
    Command& nul_in_path = all.emplace_back(full());
    nul_in_path.output_file->path = "/var\0/log"s;
    Command& shell_text = all.emplace_back(full());
    shell_text.argv = {"/bin/sh", "-c", "echo"};
    Command& other_text = all.emplace_back(full());
    other_text.argv = {"/bin/sh", "-c", "true"};
    Command& other_shell = all.emplace_back(full());
    other_shell.argv = {"/bin/bash", "-c", "echo"};
    Command& no_words = all.emplace_back();
    no_words.input = "only input";
    return all;
}

model::CommandView view(const Task& task) { return *model::CommandView::of(task); }

TEST(PackedCommand, GivesBackWhatItWasMadeOf) {
    for (const Command& command : commands()) {
        const Task task = command;
        EXPECT_EQ(view(task).unfolded(), command);
        EXPECT_EQ(view(task).argv(), command.argv);
        EXPECT_EQ(view(task).input(), command.input);
        EXPECT_EQ(view(task).output_file(), command.output_file);
        EXPECT_EQ(*command_of(task), command);
    }
}

TEST(PackedCommand, TellsItsProgramAndTheBytesOfItsWords) {
    for (const Command& command : commands()) {
        const Task task = command;
        std::size_t bytes = 0;
        for (const std::string& word : command.argv) bytes += word.size() + 1;
        EXPECT_EQ(view(task).word_bytes(), bytes);
        EXPECT_EQ(view(task).program(),
                  command.argv.empty() ? "" : std::string_view(command.argv.front()));
    }
}

TEST(PackedCommand, IsEqualWhereTheCommandsAre) {
    const std::vector<Command> all = commands();
    for (const Command& one : all) {
        for (const Command& other : all) {
            const Task a = one;
            const Task b = other;
            EXPECT_EQ(view(a) == view(b), one == other);
        }
    }
}

TEST(PackedCommand, IsMadeOnceForAllWhoAskAtATime) {
    const Task task = full();
    std::vector<const Command*> seen(8);
    std::vector<std::thread> threads;
    for (const Command*& one : seen) {
        threads.emplace_back([&task, &one] { one = command_of(task); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::count(seen.begin(), seen.end(), command_of(task)), 8);
}

TEST(PackedCommand, OutlivesTheTaskThatItWasSeenIn) {
    Task copy;
    const Command* command = nullptr;
    {
        const Task task = full();
        command = command_of(task);
        copy = task;
    }
    EXPECT_EQ(*command, full());
    EXPECT_EQ(command_of(copy), command);
}

Command with_words(std::vector<std::string> argv) {
    Command command = full();
    command.argv = std::move(argv);
    return command;
}

TEST(CommonCommands, HoldsOnceWhatCommandsSayAlike) {
    model::CommonCommands commands;
    Task one = with_words({"/bin/one"});
    Task other = with_words({"/bin/other", "--flag"});
    EXPECT_NE(&view(one).common(), &view(other).common());
    commands.share(one);
    commands.share(other);
    EXPECT_EQ(&view(one).common(), &view(other).common());
    EXPECT_EQ(*command_of(one), with_words({"/bin/one"}));
    EXPECT_EQ(*command_of(other), with_words({"/bin/other", "--flag"}));
}

TEST(CommonCommands, KeepsApartWhatDiffers) {
    model::CommonCommands commands;
    Command command = with_words({"/bin/one"});
    Task one = command;
    command.environment.front().second = "/usr/bin";
    Task other = command;
    commands.share(one);
    commands.share(other);
    EXPECT_NE(&view(one).common(), &view(other).common());
    EXPECT_EQ(*command_of(other), command);
}

TEST(CommonCommands, MakesTasksOfWhatIsCommon) {
    model::CommonCommands commands;
    Command common = with_words({"/bin/sh"});
    common.input.reset();
    common.output_file.reset();
    const Shared<Command> held = commands.one_of(common);
    for (const std::string& word : {"echo one"s, "echo o\0ne"s}) {
        const std::vector<std::string_view> argv{"-c", word};
        const Task task = model::CommonCommands::task_of(held, argv, "input");
        Command whole = common;
        whole.argv = {"/bin/sh", "-c", word};
        whole.input = "input";
        EXPECT_EQ(*command_of(task), whole);
        EXPECT_EQ(view(task), view(Task(whole))) << "whichever words are the common ones";
    }
    for (const Command& command : quantum::test::commands()) {
        EXPECT_EQ(*command_of(commands.task_of(command)), command);
    }
}

TEST(CommonCommands, ForgetsRatherThanGrows) {
    model::CommonCommands commands;
    std::vector<Task> tasks;
    for (int i = 0; i < 5000; ++i) {
        Command command = with_words({"/bin/one"});
        command.user = "user-" + std::to_string(i);
        commands.share(tasks.emplace_back(command));
        EXPECT_EQ(*command_of(tasks.back()), command);
    }
}

}  // namespace
}  // namespace quantum::test
