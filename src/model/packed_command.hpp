#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/task.hpp"

namespace quantum {

/// A look at a task's command that does not unfold it, as `command_of` does for good.
///
/// What a command says like many others (environment, user, limits, …) lies in one `Command` that
/// they share; what is its own (words, input, path of the output file) is one piece of text. So a
/// line of a crontab takes a hundred bytes, where a `Command` takes 1,500.
///
/// A view: the task, or a copy of it, outlives it. Thread-safety: as a const value.
class CommandView {
public:
    /// None: the task is of another kind.
    [[nodiscard]] static std::optional<CommandView> of(const Task& task);

    /// All but the words that are its own, its input and the path of its output file.
    [[nodiscard]] const Command& common() const;
    [[nodiscard]] std::vector<std::string> argv() const;
    [[nodiscard]] std::optional<std::string> input() const;
    [[nodiscard]] std::optional<OutputFile> output_file() const;
    /// All of it, as a value of its own.
    [[nodiscard]] Command unfolded() const;

    /// The first word; empty where there is none.
    [[nodiscard]] std::string_view program() const;
    /// The bytes of all words, with one more for each.
    [[nodiscard]] std::size_t word_bytes() const;

    friend bool operator==(const CommandView& a, const CommandView& b);

private:
    friend class PackedCommand;

    explicit CommandView(const PackedCommand::Cell& cell) : cell_(&cell) {}

    const PackedCommand::Cell* cell_;
};

/// Lets commands that were made apart share what they say alike.
///
/// Remembers what came lately, so that its own size is bounded; what it has forgotten is merely
/// held twice. Not thread-safe.
class CommonCommands {
public:
    /// What `common` says, from now on held once: a command without input and output file, and
    /// perhaps without its last words.
    [[nodiscard]] Shared<Command> one_of(Command common);
    /// A task that is this command.
    [[nodiscard]] Task task_of(Command command);
    /// A task that is `common` with these words behind its own and this input.
    [[nodiscard]] static Task task_of(const Shared<Command>& common,
                                      std::span<const std::string_view> argv,
                                      std::optional<std::string_view> input);
    /// False: the task was made anew, so that it shares. Tasks of other kinds stay as they are.
    bool share(Task& task);

private:
    static constexpr std::size_t most = 1024;

    /// Where one that is equal lies, or else is to lie.
    [[nodiscard]] Shared<Command>& cell_for(const Command& common);

    std::vector<Shared<Command>> known_;  // by hash; empty until there is one
    std::size_t last_ = most;
};

}  // namespace quantum
