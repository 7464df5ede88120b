#include "cli/arguments.hpp"

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quantum/command.hpp"
#include "quantum/storage/storage.hpp"

#include "cli/help_texts.hpp"
#include "cli/output.hpp"
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
        add_run();
        add_check();
        add_next();
        add_explain();
        add_simulate();
        add_history();
        add_logs();
        add_verify();
        add_backup();
        add_status();
        add_version();
    }

    std::variant<Options, int> parse(int count, char** arguments) {
        if (count > 1 && !known(arguments[1])) {
            print_error("there is no command '" + config::printable(arguments[1], 40) +
                        "'\nTry 'quantum --help'.");
            return exit_usage;
        }
        try {
            app_.parse(count, arguments);
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? exit_ok : exit_usage;
        }
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
        return Options(VersionOptions{});
    }

private:
    /// An option or the name of a command. CLI11 itself would only say that a command is missing.
    [[nodiscard]] bool known(const std::string& first) const {
        const auto named = app_.get_subcommands(
            [&first](const CLI::App* command) { return command->get_name() == first; });
        return first.starts_with('-') || !named.empty();
    }

    void add_run() {
        run_command_ = app_.add_subcommand("run", "Run crontab and job files in the foreground");
        run_command_->footer(run_examples);
        add_files(run_command_, run_.files,
                  "Crontab files: five time fields, then a command; job files end in .toml");
        add_system(run_command_, run_.system);
        add_zone(run_command_, run_.zone);
        run_command_
            ->add_option("--pass-env", run_.pass_env,
                         "A variable of this program that jobs see too, or 'all'; may be repeated")
            ->type_name("NAME")
            ->allow_extra_args(false);
        run_command_->add_flag("--new-privileges", run_.new_privileges,
                               "Let programs such as sudo give jobs more rights than they have");
        run_command_->add_flag("--strict", run_.strict,
                               "End the start where one file is bad, instead of going on without");
        auto* state = add_state(run_command_, run_.state);
        run_command_
            ->add_flag("--ephemeral", run_.ephemeral,
                       "Keep nothing: each start begins anew, there is no history")
            ->excludes(state);
        run_command_->add_flag("--new-ledger", run_.new_ledger,
                               "Begin a new ledger where the directory's own is missing or empty");
        add_duration(run_command_, "--keep-output", run_.keep_output,
                     "How long captured output is kept")
            ->default_str("7d");
        add_duration(run_command_, "--keep-ledger", run_.keep_ledger,
                     "How long entries are kept after their end")
            ->default_str("90d");
        run_command_
            ->add_option_function<std::string>(
                "--on-crash",
                [this](const std::string& text) {
                    run_.on_crash = text == "wait" ? OnCrash::wait : OnCrash::end;
                },
                "What is done to children that outlived a crash of this program")
            ->check(CLI::IsMember(std::vector<std::string>{"end", "wait"}))
            ->type_name("NAME")
            ->default_str("end");
        run_command_
            ->add_option_function<std::string>(
                "--log-format",
                [this](const std::string& text) {
                    run_.log_format = text == "json" ? LogFormat::json : LogFormat::logfmt;
                },
                "How log lines are written")
            ->check(CLI::IsMember(std::vector<std::string>{"logfmt", "json"}))
            ->type_name("NAME")
            ->default_str("logfmt");
    }

    void add_check() {
        check_command_ =
            app_.add_subcommand("check", "Report every problem of crontab and job files");
        check_command_->footer(check_examples);
        add_files(check_command_, check_.files,
                  "Crontab files, job files (.toml); - is standard input, a crontab");
        add_system(check_command_, check_.system);
        add_zone(check_command_, check_.zone);
        add_state(check_command_, check_.state);
        check_command_->add_flag("--json", check_.json,
                                 "One JSON object a file: its assignments, jobs and problems");
    }

    void add_next() {
        next_command_ = app_.add_subcommand("next", "Show when an expression is due next");
        next_command_->footer(next_examples);
        auto* expression = add_expression(next_command_, next_);
        next_command_->add_option("--count", next_.count, "How many due times")
            ->check(CLI::Range(std::int64_t{1}, max_count))
            ->type_name("N")
            ->capture_default_str();
        next_command_->add_flag("--json", next_.json, "Answer with one JSON object");
        next_command_->add_flag("--batch", batch_, "Read requests from standard input, see below");
        next_command_->final_callback([this, expression] {
            // Said here and not by `excludes`, which would fill the help with itself.
            const bool alone = next_command_->count_all() == 2;  // the subcommand and --batch
            if (batch_ && !alone) {
                throw CLI::ValidationError("--batch", "takes everything else from its requests");
            }
            if (!batch_ && expression->count() == 0) {
                throw CLI::RequiredError("EXPR or --batch");
            }
        });
    }

    void add_history() {
        history_command_ = app_.add_subcommand("history", "Show what became of due times");
        history_command_->footer(history_examples);
        history_command_->add_option("JOB", history_.job, "Only this job")->type_name("");
        add_moment(history_command_, "--since", history_.since, "Due at that time or later");
        add_moment(history_command_, "--until", history_.until, "Due before that time");
        history_command_
            ->add_option_function<std::vector<std::string>>(
                "--outcome",
                [this](const std::vector<std::string>& words) {
                    for (const std::string& word : words) {
                        history_.outcomes.push_back(*state_named(word));
                    }
                },
                "Only what became this; may be repeated")
            ->check(CLI::IsMember(state_names()))
            ->type_name("WORD")
            ->allow_extra_args(false);
        history_command_->add_option("--limit", history_.limit, "How many entries at most")
            ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
            ->type_name("N")
            ->capture_default_str();
        history_command_
            ->add_option("--before", history_.before,
                         "Only what is older than this execution: 8 digits of its id or more")
            ->type_name("ID");
        history_command_
            ->add_option("--tz", history_.zone,
                         "The time zone of the table; the machine's, if it is not given")
            ->type_name("ZONE");
        add_state(history_command_, history_.state);
        history_command_->add_flag("--attempts", history_.attempts,
                                   "A line for each attempt of an execution");
        history_command_->add_flag("--json", history_.json, "One JSON object an entry");
    }

    void add_logs() {
        logs_command_ = app_.add_subcommand("logs", "Show what a run wrote, also while it runs");
        logs_command_->footer(logs_examples);
        logs_command_->add_option("JOB|EXECUTION", logs_.target, "A job, or an execution")
            ->required()
            ->type_name("");
        logs_command_
            ->add_option("--attempt", logs_.attempt,
                         "Which attempt's; the last that wrote anything, if it is not given")
            ->check(CLI::PositiveNumber)
            ->type_name("N");
        logs_command_->add_flag("-f,--follow", logs_.follow, "Go on until the run has ended");
        auto* json = logs_command_->add_flag("--json", logs_.json, "JSON lines, for any bytes");
        logs_command_->add_flag("--raw", logs_.raw, "The bytes as they were written")
            ->excludes(json);
        add_state(logs_command_, logs_.state);
    }

    void add_verify() {
        verify_command_ = app_.add_subcommand("verify", "Check that the promise was kept");
        verify_command_->footer(verify_examples);
        verify_command_->add_option("STATE", verify_.state, "The state directory")->type_name("");
        add_state(verify_command_, verify_.state);
        verify_command_->add_flag("--json", verify_.json,
                                  "One JSON object a finding, and one at the end");
    }

    void add_backup() {
        backup_command_ = app_.add_subcommand("backup", "Copy the ledger while it is in use");
        backup_command_->footer(backup_examples);
        backup_command_->add_option("FILE", backup_.file, "Where to; it must not exist")
            ->required()
            ->type_name("");
        add_state(backup_command_, backup_.state);
        backup_command_->add_flag("--json", backup_.json, "Answer with one JSON object");
    }

    void add_status() {
        status_command_ = app_.add_subcommand("status", "Show who holds a state directory");
        status_command_->footer(status_examples);
        status_command_->add_option("STATE", status_.state, "The state directory")->type_name("");
        add_state(status_command_, status_.state);
        status_command_->add_flag("--json", status_.json, "Answer with one JSON object");
    }

    void add_version() {
        app_.add_subcommand("version", "Show the version")->footer(version_examples);
    }

    void add_explain() {
        explain_command_ =
            app_.add_subcommand("explain", "Say in English what an expression means");
        explain_command_->footer(explain_examples);
        add_expression(explain_command_, explain_)->required();
        explain_command_->add_flag("--json", explain_.json, "Answer with one JSON object");
    }

    void add_simulate() {
        simulate_command_ = app_.add_subcommand(
            "simulate", "Say what crontab files would do over a stretch of time");
        simulate_command_->footer(simulate_examples);
        add_files(simulate_command_, simulate_.files, "Crontab files; - is standard input");
        add_system(simulate_command_, simulate_.system);
        add_zone(simulate_command_, simulate_.zone);
        simulate_command_
            ->add_option_function<std::string>(
                "--from", [this](const std::string& text) { simulate_.from = instant(text); },
                "Where to start, such as 2027-01-01T00:00:00Z; now, if it is not given")
            ->type_name("RFC3339");
        simulate_command_
            ->add_option_function<std::string>(
                "--until",
                [this](const std::string& text) { simulate_.until = instant(text, "--until"); },
                "Where to end; what is due at this instant is left out")
            ->type_name("RFC3339")
            ->required();
        simulate_command_
            ->add_option("--durations", simulate_.durations,
                         "A file that says how long runs take, see below; else they take no time")
            ->type_name("FILE");
        simulate_command_->add_flag("--json", simulate_.json, "Answer with one JSON object");
    }

    CLI::App app_{"Runs jobs when they are due: at most once each, and never silently not.",
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
    bool batch_ = false;
};

}  // namespace

std::variant<Options, int> parse_arguments(int count, char** arguments) {
    return Arguments().parse(count, arguments);
}

}  // namespace quantum::cli
