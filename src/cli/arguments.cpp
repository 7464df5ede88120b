#include "cli/arguments.hpp"

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "quantum/command.hpp"
#include "quantum/storage/storage.hpp"

#include "cli/api_arguments.hpp"
#include "cli/complete_in.hpp"
#include "cli/complete_words.hpp"
#include "cli/help_texts.hpp"
#include "cli/output.hpp"
#include "cli/question_commands.hpp"
#include "cli/run_arguments.hpp"
#include "cli/shared_options.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

std::optional<EntryState> state_named(const std::string& word) {
    for (int value = 0; value <= static_cast<int>(EntryState::skipped); ++value) {
        if (to_string(static_cast<EntryState>(value)) == word) {
            return static_cast<EntryState>(value);
        }
    }
    return std::nullopt;
}

std::vector<std::string> state_names() {
    std::vector<std::string> names;
    for (int value = 0; value <= static_cast<int>(EntryState::skipped); ++value) {
        names.emplace_back(to_string(static_cast<EntryState>(value)));
    }
    return names;
}

/// The command line as CLI11 sees it, and where it puts what it finds.
class Arguments {
public:
    Arguments() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", version_text());
        app_.footer(program_examples);
        app_.get_formatter()->column_width(28);
        app_.failure_message([](const CLI::App* app, const CLI::Error& error) {
            const auto chosen = app->get_subcommands();
            const std::string name =
                chosen.empty() ? "quantum" : "quantum " + chosen.front()->get_name();
            return name + ": " + error.what() + "\nTry '" + name + " --help'.\n";
        });
        run_command_ = add_run(app_, run_);
        add_check();
        add_next();
        add_explain();
        add_simulate();
        add_history();
        add_logs();
        questions_.add_to(app_);
        add_verify();
        add_backup();
        add_status();
        crontab_command_ = add_crontab(app_, crontab_);
        api_.add_to(app_);
        add_version();
    }

    [[nodiscard]] const CLI::App& app() const { return app_; }

    /// The help that was asked for, or what is wrong.
    int answer(const CLI::ParseError& error) {
        std::ostringstream help;
        std::ostringstream fault;
        const bool is_good = app_.exit(error, help, fault) == 0;
        Output out(standard_output);
        out.text() = help.str();
        Output err(standard_error);
        err.text() = fault.str();
        const bool is_told = out.flush() && err.flush();
        return is_good && is_told ? exit_ok : is_good ? exit_failure : exit_usage;
    }

    std::variant<Options, int> parse(int count, char** arguments) {
        if (count > 1 && !known(arguments[1])) {
            print_error("unknown command '" + config::printable(arguments[1], 40) +
                        "'; try 'quantum --help'");
            return exit_usage;
        }
        try {
            app_.parse(words_of(count, arguments));
        } catch (const CLI::ParseError& error) {
            return answer(error);
        }
        if (auto command = api_.chosen()) return Options(std::move(*command));
        if (run_command_->parsed()) {
            return Options(run_);
        }
        if (check_command_->parsed()) {
            return Options(check_);
        }
        if (next_command_->parsed()) {
            return batch_ ? Options(BatchOptions{}) : Options(next_);
        }
        if (explain_command_->parsed()) {
            return Options(explain_);
        }
        if (simulate_command_->parsed()) {
            return Options(simulate_);
        }
        if (logs_command_->parsed()) {
            return Options(logs_);
        }
        if (const auto question = questions_.chosen()) return *question;
        if (history_command_->parsed()) {
            return Options(history_);
        }
        if (verify_command_->parsed()) {
            return Options(verify_);
        }
        if (backup_command_->parsed()) {
            return Options(backup_);
        }
        if (status_command_->parsed()) {
            return Options(status_);
        }
        if (crontab_command_->parsed()) {
            return Options(crontab_);
        }
        return Options(VersionOptions{});
    }

private:
    /// An option or the name of a command. CLI11 itself would only say that a command is missing.
    [[nodiscard]] bool known(const std::string& first) const {
        const auto named = app_.get_subcommands(
            [&first](const CLI::App* command) { return command->get_name() == first; });
        return first.starts_with('-') || !named.empty();
    }

    void add_check() {
        check_command_ =
            app_.add_subcommand("check", "Report every problem in crontab and job files");
        check_command_->footer(check_examples);
        add_settings(check_command_, check_.settings,
                     {"files", "system", "spool", "dialect", "tz", "state"});
        add_config(check_command_, check_.config);
        check_command_->add_flag("--json", check_.json,
                                 "Print one JSON object per file: assignments, jobs and problems");
    }

    void add_next() {
        next_command_ = app_.add_subcommand("next", "Show when an expression is due next");
        next_command_->footer(next_examples);
        auto* expression = add_expression(next_command_, next_);
        next_command_->add_option("--count", next_.count, "Number of due times")
            ->check(CLI::Range(std::int64_t{1}, max_count))
            ->type_name("N")
            ->capture_default_str();
        next_command_->add_flag("--json", next_.json, "Print a JSON object");
        next_command_->add_flag("--batch", batch_, "Read requests from standard input, see below");
        next_command_->final_callback([this, expression] {
            // Said here and not by `excludes`, which would fill the help with itself.
            const bool alone = next_command_->count_all() == 2;  // the subcommand and --batch
            if (batch_ && !alone) {
                throw CLI::ValidationError("--batch", "cannot be combined with other arguments");
            }
            if (!batch_ && expression->count() == 0) {
                throw CLI::RequiredError("EXPR or --batch");
            }
        });
    }

    void add_history() {
        history_command_ = app_.add_subcommand("history", "Show the outcomes of due times");
        history_command_->footer(history_examples);
        history_command_->add_option("JOB", history_.job, "Show only this job")->type_name("");
        add_time(history_command_, "--since", history_.since,
                 "Show only entries due at or after this time");
        add_time(history_command_, "--until", history_.until,
                 "Show only entries due before this time");
        history_command_
            ->add_option_function<std::vector<std::string>>(
                "--outcome",
                [this](const std::vector<std::string>& words) {
                    for (const std::string& word : words) {
                        history_.outcomes.push_back(*state_named(word));
                    }
                },
                "Show only entries with this outcome (repeatable)")
            ->check(CLI::IsMember(state_names()))
            ->type_name("WORD")
            ->allow_extra_args(false);
        history_command_->add_flag_callback(
            "--failed",
            [this] {
                for (const EntryState state :
                     {EntryState::failed, EntryState::timed_out, EntryState::killed,
                      EntryState::lost, EntryState::skipped}) {
                    history_.outcomes.push_back(state);
                }
            },
            "Show only what did not succeed: failed, timed_out, killed, lost, skipped");
        history_command_->add_option("--limit", history_.limit, "Maximum number of entries")
            ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
            ->type_name("N")
            ->capture_default_str();
        history_command_
            ->add_option("--before", history_.before, "Show only entries before this execution")
            ->type_name("ID");
        history_command_
            ->add_option("--tz", history_.zone, "Time zone of the table (default: the machine's)")
            ->type_name("ZONE");
        add_state(history_command_, history_.state);
        history_command_->add_flag("--attempts", history_.attempts, "Print one line per attempt");
        history_command_->add_flag("--json", history_.json, "Print one JSON object per entry");
    }

    void add_logs() {
        logs_command_ =
            app_.add_subcommand("logs", "Show the output of a run, even while it is running");
        logs_command_->footer(logs_examples);
        logs_command_->add_option("JOB|EXECUTION", logs_.target, "A job, or an execution")
            ->required()
            ->type_name("");
        logs_command_
            ->add_option("--attempt", logs_.attempt,
                         "Show this attempt (default: the last one with output)")
            ->check(CLI::PositiveNumber)
            ->type_name("N");
        logs_command_->add_flag("-f,--follow", logs_.follow,
                                "Follow the output until the run has ended");
        auto* json = logs_command_->add_flag("--json", logs_.json,
                                             "Print JSON lines, suitable for arbitrary bytes");
        logs_command_->add_flag("--raw", logs_.raw, "Print the bytes unchanged")->excludes(json);
        add_time(logs_command_, "--at", logs_.at, "Show the job's run that was due at this time");
        logs_command_->add_option("--tz", logs_.zone, "Time zone of --at (default: the job's)")
            ->type_name("ZONE");
        add_state(logs_command_, logs_.state);
    }

    void add_verify() {
        verify_command_ = app_.add_subcommand("verify", "Check that the promise was kept");
        verify_command_->footer(verify_examples);
        verify_command_->add_option("STATE", verify_.state, "The state directory")->type_name("");
        add_state(verify_command_, verify_.state);
        add_time(verify_command_, "--since", verify_.since,
                 "Check only what was due at or after this time");
        verify_command_
            ->add_option("--tz", verify_.zone, "Time zone of --since (default: the machine's)")
            ->type_name("ZONE");
        verify_command_->add_flag("--json", verify_.json,
                                  "Print one JSON object per finding, and one at the end");
    }

    void add_backup() {
        backup_command_ = app_.add_subcommand("backup", "Copy the ledger while it is in use");
        backup_command_->footer(backup_examples);
        backup_command_->add_option("FILE", backup_.file, "The destination, which must not exist")
            ->required()
            ->type_name("");
        add_state(backup_command_, backup_.state);
        backup_command_->add_flag("--json", backup_.json, "Print a JSON object");
    }

    void add_status() {
        status_command_ =
            app_.add_subcommand("status", "Show which instance holds a state directory");
        status_command_->footer(status_examples);
        status_command_->add_option("STATE", status_.state, "The state directory")->type_name("");
        add_state(status_command_, status_.state);
        status_command_->add_flag("--json", status_.json, "Print a JSON object");
    }

    void add_version() {
        app_.add_subcommand("version", "Show the version")->footer(version_examples);
    }

    void add_explain() {
        explain_command_ = app_.add_subcommand("explain", "Explain an expression in English");
        explain_command_->footer(explain_examples);
        add_expression(explain_command_, explain_)->required();
        explain_command_->add_flag("--json", explain_.json, "Print a JSON object");
    }

    void add_simulate() {
        simulate_command_ = app_.add_subcommand("simulate", "Forecast what crontab files will do");
        simulate_command_->footer(simulate_examples);
        add_settings(simulate_command_, simulate_.settings,
                     {"files", "system", "spool", "dialect", "tz"});
        add_config(simulate_command_, simulate_.config);
        add_time(simulate_command_, "--from", simulate_.from, "Start (default: now)");
        add_time(simulate_command_, "--until", simulate_.until,
                 "End (exclusive); a duration counts from the start")
            ->required();
        simulate_command_
            ->add_option("--durations", simulate_.durations,
                         "File with the durations of runs, see below (default: no time)")
            ->type_name("FILE");
        simulate_command_->add_flag("--json", simulate_.json, "Print a JSON object");
    }

    CLI::App app_{"Runs jobs when they are due: at most once each, and never silently skipped.",
                  "quantum"};
    CLI::App* run_command_ = nullptr;
    CLI::App* check_command_ = nullptr;
    CLI::App* next_command_ = nullptr;
    CLI::App* explain_command_ = nullptr;
    CLI::App* simulate_command_ = nullptr;
    CLI::App* history_command_ = nullptr;
    CLI::App* logs_command_ = nullptr;
    CLI::App* verify_command_ = nullptr;
    CLI::App* backup_command_ = nullptr;
    CLI::App* status_command_ = nullptr;
    CLI::App* crontab_command_ = nullptr;
    ApiArguments api_;
    RunOptions run_;
    CheckOptions check_;
    NextOptions next_;
    ExplainOptions explain_;
    SimulateOptions simulate_;
    HistoryOptions history_;
    LogsOptions logs_;
    VerifyOptions verify_;
    BackupOptions backup_;
    StatusOptions status_;
    CrontabOptions crontab_;
    QuestionCommands questions_;
    bool batch_ = false;
};

}  // namespace

std::variant<Options, int> parse_arguments(int count, char** arguments) {
    return Arguments().parse(count, arguments);
}

WantedWord wanted_word(const std::vector<std::string>& words) {
    return complete_in(Arguments().app(), words);
}

}  // namespace quantum::cli
