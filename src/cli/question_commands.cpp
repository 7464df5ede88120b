#include "cli/question_commands.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "cli/help_texts.hpp"
#include "cli/run_arguments.hpp"
#include "cli/shared_options.hpp"
#include "cli/time_text.hpp"

namespace quantum::cli {

void QuestionCommands::add_to(CLI::App& app) {
    add_why(app);
    add_plan(app);
}

std::optional<Options> QuestionCommands::chosen() const {
    if (why_command_->parsed()) return Options(why_);
    if (plan_command_->parsed()) return Options(plan_);
    return std::nullopt;
}

void QuestionCommands::add_why(CLI::App& app) {
    why_command_ = app.add_subcommand("why", "Explain why a job ran, or did not, or will not");
    why_command_->footer(why_examples);
    why_command_->add_option("JOB|EXECUTION", why_.target, "A job, or an execution")
        ->required()
        ->type_name("");
    auto* words =
        why_command_
            ->add_option("TIME", time_words_,
                         "When (default: the last due time and the next); now: what runs or waits")
            ->type_name("")
            ->expected(0, -1);
    auto* at = add_time(why_command_, "--at", at_, "The same as TIME");
    auto* since =
        add_time(why_command_, "--since", why_.since, "Explain every due time from this time on");
    auto* until =
        add_time(why_command_, "--until", why_.until, "... and before this time (default: now)");
    words->excludes(at)->excludes(since)->excludes(until);
    at->excludes(since)->excludes(until);
    why_command_->add_option("--limit", why_.limit, "Maximum number of due times")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
        ->type_name("N")
        ->capture_default_str();
    why_command_->add_option("--tz", why_.zone, "Time zone of the times (default: the job's)")
        ->type_name("ZONE");
    add_state(why_command_, why_.state);
    why_command_->add_flag("--json", why_.json, "Print one JSON object per answer");
    why_command_->final_callback([this] {
        why_.time = at_;
        for (const std::string& word : time_words_) {
            why_.time += (why_.time.empty() ? "" : " ") + word;
        }
    });
}

void QuestionCommands::add_plan(CLI::App& app) {
    plan_command_ = app.add_subcommand("plan", "Show what a reload or a start would change");
    plan_command_->footer(plan_examples);
    add_settings(
        plan_command_, plan_.settings,
        {"files", "system", "spool", "dialect", "tz", "pass_env", "new_privileges", "state"});
    add_config(plan_command_, plan_.config);
    auto* until = add_time(plan_command_, "--until", plan_.until,
                           "Compare due times up to this time (default: 30 days from now)");
    plan_command_
        ->add_flag("--start", plan_.is_start,
                   "Show what a start now would decide about missed due times and open runs")
        ->excludes(until);
    plan_command_->add_flag("--json", plan_.json,
                            "Print one JSON object per job, and one at the end");
}

std::vector<std::string> words_of(int count, char** arguments) {
    std::vector<std::string> words(arguments + std::min(count, 1), arguments + count);
    const bool is_why = !words.empty() && words.front() == "why";
    for (std::string& word : words) {
        const bool is_back = word.size() > 1 && word.front() == '-' &&
                             parse_duration(std::string_view(word).substr(1)).has_value();
        if (is_why && is_back) word.erase(0, 1);  // what was lies back in any case
    }
    std::reverse(words.begin(), words.end());
    return words;
}

}  // namespace quantum::cli
