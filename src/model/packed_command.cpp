#include "model/packed_command.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <utility>

#include "model/command_support.hpp"

namespace quantum {

/// One block: this, and behind it the texts. Words end in a NUL each, then comes the path of the
/// output file with one, and the input goes to the end. The words of `common` come before these.
struct PackedCommand::Cell {
    Shared<Command> common;
    /// Made by whoever asks first, and kept.
    mutable std::atomic<const Command*> unfolded{nullptr};
    mutable std::atomic<std::uint32_t> holders{1};
    std::uint32_t words : 30 = 0;
    std::uint32_t has_input : 1 = 0;
    /// A text holds a NUL where none can be: `common` is all of the command.
    std::uint32_t is_odd : 1 = 0;
    std::uint32_t size = 0;  ///< of the texts

    explicit Cell(Shared<Command> its_common) : common(std::move(its_common)) {}

    [[nodiscard]] char* texts();
    [[nodiscard]] const char* texts() const { return const_cast<Cell*>(this)->texts(); }
    [[nodiscard]] std::string_view text() const { return {texts(), size}; }
    [[nodiscard]] std::size_t word_bytes() const;
    [[nodiscard]] bool has_path() const { return common->output_file && is_odd == 0; }
    [[nodiscard]] std::string_view path() const;

    [[nodiscard]] static Cell* make(Shared<Command> common, std::size_t size);
    template <class Words>
    [[nodiscard]] static Cell* fill(Shared<Command> common, const Words& argv,
                                    std::string_view path, std::optional<std::string_view> input);
    [[nodiscard]] Cell* copy_with(Shared<Command> its_common) const;
    void drop() const noexcept;
};

namespace {

using Cell = PackedCommand::Cell;

// The texts begin in what would be padding.
constexpr std::size_t header = sizeof(void*) * 2 + sizeof(std::uint32_t) * 3;

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::size_t size_of(const Command& command) {
    std::size_t size = command.input ? command.input->size() : 0;
    for (const std::string& word : command.argv) size += word.size() + 1;
    return command.output_file ? size + command.output_file->path.size() + 1 : size;
}

bool is_odd_command(const Command& command) {
    return std::any_of(command.argv.begin(), command.argv.end(), holds_nul) ||
           (command.output_file && holds_nul(command.output_file->path)) ||
           command.argv.size() >> 30U != 0 || size_of(command) >> 32U != 0;
}

/// What a command shares with nobody.
struct Own {
    std::vector<std::string> argv;
    std::optional<std::string> input;
    std::string path;
};

// The words of a shell before its text are those of most others.
Own take_own(Command& command) {
    Own own{{}, std::exchange(command.input, std::nullopt), {}};
    if (command.argv.size() == 3 && command.argv[1] == "-c") {
        own.argv.push_back(std::move(command.argv.back()));
        command.argv.pop_back();
    } else {
        own.argv.swap(command.argv);
    }
    if (command.output_file) own.path = std::exchange(command.output_file->path, {});
    return own;
}

std::size_t hash_of(const Command& command) {
    std::size_t hash = 0;
    const auto add = [&hash](std::string_view text) {
        hash = (hash ^ std::hash<std::string_view>{}(text)) * 0x9E3779B97F4A7C15U;
    };
    for (const auto& [name, value] : command.environment) {
        add(name);
        add(value);
    }
    add(command.working_directory);
    add(command.user);
    add(command.environment_file);
    hash ^= static_cast<std::size_t>(command.timeout.value_or(Duration{}).count());
    return hash * 0x9E3779B97F4A7C15U >> 32U;
}

}  // namespace

char* PackedCommand::Cell::texts() { return reinterpret_cast<char*>(this) + header; }

std::size_t PackedCommand::Cell::word_bytes() const {
    std::size_t at = 0;
    for (std::uint32_t word = 0; word < words; ++word) at += std::strlen(texts() + at) + 1;
    return at;
}

std::string_view PackedCommand::Cell::path() const { return texts() + word_bytes(); }

Cell* PackedCommand::Cell::make(Shared<Command> common, std::size_t size) {
    void* const room = ::operator new(std::max(sizeof(Cell), header + size));
    Cell* const cell = ::new (room) Cell(std::move(common));
    cell->size = static_cast<std::uint32_t>(size);
    return cell;
}

template <class Words>
Cell* PackedCommand::Cell::fill(Shared<Command> common, const Words& argv, std::string_view path,
                                std::optional<std::string_view> input) {
    std::size_t size = common->output_file ? path.size() + 1 : 0;
    for (const std::string_view word : argv) size += word.size() + 1;
    if (input) size += input->size();
    const bool has_path = common->output_file.has_value();
    Cell* const cell = make(std::move(common), size);
    cell->words = static_cast<std::uint32_t>(argv.size()) & 0x3FFF'FFFFU;
    cell->has_input = input ? 1 : 0;
    char* to = cell->texts();
    const auto put = [&to](std::string_view text) {
        to = std::copy(text.begin(), text.end(), to);
        *to++ = '\0';
    };
    for (const std::string_view word : argv) put(word);
    if (has_path) put(path);
    if (input) std::copy(input->begin(), input->end(), to);
    return cell;
}

Cell* PackedCommand::Cell::copy_with(Shared<Command> its_common) const {
    Cell* const copy = make(std::move(its_common), size);
    copy->words = words;
    copy->has_input = has_input;
    copy->is_odd = is_odd;
    std::copy_n(texts(), size, copy->texts());
    return copy;
}

void PackedCommand::Cell::drop() const noexcept {
    if (holders.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const Command* const made = unfolded.load(std::memory_order_relaxed);
    if (made != common.get()) delete made;
    this->~Cell();
    ::operator delete(const_cast<Cell*>(this));
}

PackedCommand::PackedCommand(Command command) {
    model::support_commands();
    if (is_odd_command(command)) {
        cell_ = Cell::make(Shared<Command>(std::move(command)), 0);
        cell_->is_odd = 1;
        cell_->unfolded = cell_->common.get();
        return;
    }
    const Own own = take_own(command);
    cell_ = Cell::fill(Shared<Command>(std::move(command)), own.argv, own.path, own.input);
}

PackedCommand::PackedCommand(const PackedCommand& other) noexcept : cell_(other.cell_) {
    if (cell_ != nullptr) cell_->holders.fetch_add(1, std::memory_order_relaxed);
}

PackedCommand::PackedCommand(PackedCommand&& other) noexcept
    : cell_(std::exchange(other.cell_, nullptr)) {}

PackedCommand::~PackedCommand() {
    if (cell_ != nullptr) cell_->drop();
}

const Command* PackedCommand::unfolded() const {
    const Command* known = cell_->unfolded.load(std::memory_order_acquire);
    if (known != nullptr) return known;
    const Command* const made = new Command(model::CommandView(*cell_).unfolded());
    if (cell_->unfolded.compare_exchange_strong(known, made, std::memory_order_acq_rel))
        return made;
    delete made;  // another thread was faster
    return known;
}

}  // namespace quantum

namespace quantum::model {

std::optional<CommandView> CommandView::of(const Task& task) {
    if (task.kind() != TaskKind::command) return std::nullopt;
    return CommandView(*task.command_.cell_);
}

const Command& CommandView::common() const { return *cell_->common; }

std::vector<std::string> CommandView::argv() const {
    std::vector<std::string> argv;
    argv.reserve(common().argv.size() + cell_->words);
    argv = common().argv;
    const char* at = cell_->texts();
    for (std::uint32_t word = 0; word < cell_->words; ++word) {
        at += argv.emplace_back(at).size() + 1;
    }
    return argv;
}

std::optional<std::string> CommandView::input() const {
    if (cell_->is_odd != 0) return common().input;
    if (cell_->has_input == 0) return std::nullopt;
    std::size_t at = cell_->word_bytes();
    if (cell_->has_path()) at += cell_->path().size() + 1;
    return std::string(cell_->text().substr(at));
}

std::optional<OutputFile> CommandView::output_file() const {
    std::optional<OutputFile> file = common().output_file;
    if (cell_->has_path()) file->path = cell_->path();
    return file;
}

Command CommandView::unfolded() const {
    Command whole = common();
    if (cell_->is_odd != 0) return whole;
    whole.argv = argv();
    whole.input = input();
    if (whole.output_file) whole.output_file->path = cell_->path();
    return whole;
}

std::string_view CommandView::program() const {
    if (!common().argv.empty()) return common().argv.front();
    return cell_->words == 0 ? std::string_view() : std::string_view(cell_->texts());
}

std::size_t CommandView::word_bytes() const {
    std::size_t bytes = cell_->word_bytes();
    for (const std::string& word : common().argv) bytes += word.size() + 1;
    return bytes;
}

bool operator==(const CommandView& a, const CommandView& b) {
    const Cell& one = *a.cell_;
    const Cell& other = *b.cell_;
    if (&one == &other) return true;
    if (one.common == other.common || *one.common == *other.common) {
        return one.words == other.words && one.has_input == other.has_input &&
               one.text() == other.text();
    }
    // The same words may lie on both sides.
    return one.common->argv.size() != other.common->argv.size() && a.unfolded() == b.unfolded();
}

Shared<Command> CommonCommands::one_of(Command common) {
    Shared<Command>& known = cell_for(common);
    if (!known || !(*known == common)) known = std::move(common);
    return known;
}

Shared<Command>& CommonCommands::cell_for(const Command& common) {
    if (known_.empty()) known_.resize(most);
    if (last_ < most && known_[last_] && *known_[last_] == common) return known_[last_];
    last_ = hash_of(common) % most;
    return known_[last_];
}

Task CommonCommands::task_of(Command command) {
    if (is_odd_command(command)) return command;
    model::support_commands();
    const Own own = take_own(command);
    return Task(
        PackedCommand(Cell::fill(one_of(std::move(command)), own.argv, own.path, own.input)));
}

Task CommonCommands::task_of(const Shared<Command>& common, std::span<const std::string_view> argv,
                             std::optional<std::string_view> input) {
    if (std::any_of(argv.begin(), argv.end(), holds_nul)) {
        Command whole = *common;
        whole.argv.insert(whole.argv.end(), argv.begin(), argv.end());
        whole.input = input;
        return whole;
    }
    model::support_commands();
    return Task(PackedCommand(Cell::fill(common, argv, {}, input)));
}

Task CommonCommands::with_timeout(const Task& task, Duration timeout) {
    const Cell& cell = *task.command_.cell_;
    Command common = *cell.common;
    common.timeout = timeout;
    Cell* const copy = cell.copy_with(Shared<Command>(std::move(common)));
    if (copy->is_odd != 0) copy->unfolded = copy->common.get();
    return Task(PackedCommand(copy));
}

bool CommonCommands::share(Task& task) {
    if (task.kind() != TaskKind::command) return true;
    const Cell& cell = *task.command_.cell_;
    if (cell.is_odd != 0) return true;
    if (last_ < known_.size() && known_[last_] == cell.common) return true;
    Shared<Command>& known = cell_for(*cell.common);
    if (!known || !(*known == *cell.common)) known = cell.common;
    if (known == cell.common) return true;
    task = Task(PackedCommand(cell.copy_with(known)));
    return false;
}

}  // namespace quantum::model
