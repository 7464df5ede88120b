#include "config/command_gist.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "config/crontab_line.hpp"
#include "config/mutant.hpp"

namespace quantum::config {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view operators = ";&|(){}\n";

/// Splits a line of shell into its simple commands, each a list of words as they are written.
///
/// It knows quotes, escapes and `$(…)`, and drops redirections. It is not a shell, and need not be
/// one: a name is made of what it finds.
class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    std::vector<Words> commands() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (is_blank(c)) {
                ++at_;
            } else if (operators.find(c) != std::string_view::npos) {
                end_command();
                ++at_;
            } else if (is_redirection()) {
                skip_redirection();
            } else {
                words_.push_back(next_word());
            }
        }
        end_command();
        return std::move(commands_);
    }

private:
    void end_command() {
        if (!words_.empty()) commands_.push_back(std::exchange(words_, {}));
    }

    /// "2>&1", ">/dev/null", "< file".
    [[nodiscard]] bool is_redirection() const {
        std::size_t at = at_;
        while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9') ++at;
        return at < text_.size() && (text_[at] == '<' || text_[at] == '>');
    }

    void skip_redirection() {
        while (text_[at_] != '<' && text_[at_] != '>') ++at_;
        while (at_ < text_.size() &&
               (text_[at_] == '<' || text_[at_] == '>' || text_[at_] == '&')) {
            ++at_;
        }
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        static_cast<void>(next_word());
    }

    std::string_view next_word() {
        const std::size_t begin = at_;
        std::size_t depth = 0;  // of $( … )
        char quote = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\\' && quote != '\'') {
                ++at_;
            } else if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'' || c == '`') {
                quote = c;
            } else if (c == '$' && at_ + 1 < text_.size() && text_[at_ + 1] == '(') {
                ++depth;
                ++at_;
            } else if (depth > 0) {
                depth -= c == ')' ? 1 : 0;
            } else if (is_blank(c) || c == '<' || c == '>' ||
                       (operators.find(c) != std::string_view::npos && c != '{' && c != '}')) {
                break;
            }
        }
        at_ = std::min(at_, text_.size());
        return text_.substr(begin, at_ - begin);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Words words_;
    std::vector<Words> commands_;
};

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_variable(std::string_view word) {
    const std::size_t equals = word.find('=');
    return equals != std::string_view::npos && equals > 0 && is_name_start(word.front()) &&
           std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                       is_name_part);
}

std::string_view base_name(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// The words of a command from its program on.
Words from_program(Words words) {
    constexpr std::array<std::string_view, 9> shell_words{"if",    "then", "else", "elif", "do",
                                                          "while", "!",    "exec", "eval"};
    const auto program = std::find_if(words.begin(), words.end(), [&](std::string_view word) {
        return !is_one_of(word, shell_words) && !is_variable(word);
    });
    words.erase(words.begin(), program);
    return words;
}

/// It decides whether, or where, something else is done.
bool is_guard(const Words& words) {
    constexpr std::array<std::string_view, 20> guards{
        "test", "[",     "[[",   "command", "type", "which", "hash",  "cd",     "true", "false",
        ":",    "sleep", "exit", "export",  "set",  "umask", "unset", "ulimit", "fi",   "done"};
    const std::string_view program = base_name(words.front());
    if (is_one_of(program, guards)) return true;
    // perl -e 'sleep int(rand(3600))'
    return words.size() <= 3 && program != words.back() &&
           words.back().find("sleep") != std::string_view::npos;
}

}  // namespace

std::string gist_of(std::string_view command) {
    for (Words& words : Splitter(command).commands()) {
        const Words said = from_program(std::move(words));
        if (said.empty() || is_guard(said)) continue;
        std::string gist(base_name(said.front()));
        for (auto word = said.begin() + 1; word != said.end(); ++word)
            gist.append(" ").append(*word);
        return gist;
    }
    return std::string(command);
}

std::string parts_of(std::string_view command) {
    if (mutated(ConfigMutant::parts_not_named)) return {};
    if (command.find("run-parts") == std::string_view::npos) return {};  // as of most
    for (Words& words : Splitter(command).commands()) {
        const Words said = from_program(std::move(words));
        if (said.size() < 2 || base_name(said.front()) != "run-parts") continue;
        const std::string_view last = said.back();
        return last.starts_with('-') ? std::string() : std::string(base_name(last));
    }
    return {};
}

}  // namespace quantum::config
