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

namespace quantum::model {

/// A view of a task's command that does not unpack it permanently, as `command_of` does.
///
/// What many commands have in common (environment, user, limits, …) is in one `Command` that they
/// share; what is specific to one (words, input, path of the output file) is a single text. A
/// crontab line thus takes a hundred bytes, whereas a `Command` takes 1,500.
///
/// A view: the task, or a copy of it, must outlive it. Thread-safety: that of a const value.
class CommandView {
public:
    /// None if the task is of another kind.
    [[nodiscard]] static std::optional<CommandView> of(const Task& task);

    /// Everything except its own words, its input and the path of its output file.
    [[nodiscard]] const Command& common() const;
    [[nodiscard]] std::vector<std::string> argv() const;
    [[nodiscard]] std::optional<std::string> input() const;
    [[nodiscard]] std::optional<OutputFile> output_file() const;
    /// The complete command, as a separate value.
    [[nodiscard]] Command unfolded() const;

    /// The first word; empty if there is none.
    [[nodiscard]] std::string_view program() const;
    /// The total size of all words, plus one byte for each.
    [[nodiscard]] std::size_t word_bytes() const;

    friend bool operator==(const CommandView& a, const CommandView& b);

private:
    friend class quantum::PackedCommand;

    explicit CommandView(const PackedCommand::Cell& cell) : cell_(&cell) {}

    const PackedCommand::Cell* cell_;
};

/// Lets commands that were created separately share what they have in common.
///
/// Remembers recent values only, so that its own size is bounded; anything forgotten is merely
/// stored twice. Not thread-safe.
class CommonCommands {
public:
    /// The shared instance equal to `common`: a command without input and output file, and possibly
    /// without its last words.
    [[nodiscard]] Shared<Command> one_of(Command common);
    /// A task with this command.
    [[nodiscard]] Task task_of(Command command);
    /// A task with `common`, followed by these words, and with this input.
    [[nodiscard]] static Task task_of(const Shared<Command>& common,
                                      std::span<const std::string_view> argv,
                                      std::optional<std::string_view> input);
    /// The same command, but with this timeout. `task` must be a command.
    [[nodiscard]] static Task with_timeout(const Task& task, Duration timeout);
    /// Returns false if the task was recreated in order to share. Tasks of other kinds are
    /// unchanged.
    bool share(Task& task);

private:
    static constexpr std::size_t most = 1024;

    /// The cell where an equal one is, or is to be stored.
    [[nodiscard]] Shared<Command>& cell_for(const Command& common);

    std::vector<Shared<Command>> known_;  // by hash; empty until there is one
    std::size_t last_ = most;
};

}  // namespace quantum::model
