// `quantum completion` and what its scripts call.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/complete_words.hpp"
#include "cli/output.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t most_lines = 200;
constexpr ApiLink::Patience answer_within(100);

constexpr std::string_view bash_script = R"(_quantum() {
    local IFS=$'\n'
    COMPREPLY=($(quantum __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _quantum quantum
)";

constexpr std::string_view zsh_script = R"(#compdef quantum
_quantum() {
    local -a found
    found=("${(@f)$(quantum __complete "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
    if [[ -n "${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _quantum quantum
)";

constexpr std::string_view fish_script = R"(function __quantum_complete
    set -l words (commandline -opc)[2..-1] (commandline -ct)
    quantum __complete $words 2>/dev/null
end
complete -c quantum -a '(__quantum_complete)'
)";

/// Names from the daemon or its ledger, within the patience of a person who has pressed a key.
std::vector<std::string> names_from(const std::string& target, std::string_view list,
                                    std::string_view member) {
    std::vector<std::string> names;
    auto link = ApiLink::open({}, Offline::reads_ledger);
    if (!link) return names;
    const auto answer = link->ask({.target = target}, answer_within);
    if (!answer || !answer->is_good()) return names;
    json::error_code error;
    const json::value body = json::parse(answer->body, error);
    const json::array* const found =
        error || !body.is_object() ? nullptr : array_of(body.get_object(), list);
    for (std::size_t at = 0; found != nullptr && at < found->size(); ++at) {
        const json::value& one = (*found)[at];
        if (one.is_string()) {
            names.emplace_back(one.get_string().data(), one.get_string().size());
        } else if (const json::object* const object = one.if_object()) {
            names.emplace_back(text_of(*object, member));
        }
    }
    return names;
}

std::vector<std::string> candidates(WordKind kind, const std::string& prefix) {
    const std::string jobs = "/v1/jobs?names=true&limit=200&prefix=" + client::encoded(prefix);
    switch (kind) {
        case WordKind::job:
            return names_from(jobs, "jobs", {});
        case WordKind::run: {
            std::vector<std::string> found = names_from("/v1/runs", "runs", "execution");
            const std::vector<std::string> names = names_from("/v1/runs", "runs", "job");
            found.insert(found.end(), names.begin(), names.end());
            return found;
        }
        case WordKind::none:
        case WordKind::listed:
            break;
    }
    return {};
}

}  // namespace

int run(const CompletionOptions& options) {
    Output out(standard_output);
    out.text() = options.shell == "zsh"    ? zsh_script
                 : options.shell == "fish" ? fish_script
                                           : bash_script;
    return out.flush() ? exit_ok : exit_failure;
}

int run(const CompleteOptions& options) {
    const std::string prefix = options.words.empty() ? std::string() : options.words.back();
    const WantedWord wanted = wanted_word(options.words);
    std::vector<std::string> words =
        wanted.kind == WordKind::listed ? wanted.words : candidates(wanted.kind, prefix);
    std::erase_if(words, [&prefix](const std::string& word) { return !word.starts_with(prefix); });
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    Output out(standard_output);
    for (std::size_t at = 0; at < words.size() && at < most_lines; ++at) {
        out.text() += words[at] + '\n';
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
