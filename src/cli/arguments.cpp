// The only file that knows CLI11: it takes seconds to compile.
#include "cli/arguments.hpp"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quantum/command.hpp"
#include "quantum/cron.hpp"
#include "quantum/storage/storage.hpp"

#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

constexpr const char* program_examples = R"(Examples:
  quantum run examples/quickstart.crontab
  quantum check examples/quickstart.crontab
  quantum next '*/15 9-17 * * mon-fri' --tz Europe/Zurich
  quantum explain '0 9 1-7 * mon'
)";

constexpr const char* run_examples =
    R"(Jobs run until TERM, INT (Ctrl-C) or QUIT; HUP and USR2 read the files again, USR1 writes
to the log how things stand.

At a start each file stands for itself: a bad one keeps the jobs that it had when it was
good, or runs its good ones where it never was. At a reload a bad file changes nothing.

What became of every due time is kept in the state directory, which one instance
at a time may hold: --state, else $QUANTUM_STATE, $STATE_DIRECTORY,
$XDG_STATE_HOME/quantum, /var/lib/quantum for root, ~/.local/state/quantum.
Exit code 75: another instance holds it.

Examples:
  quantum run examples/quickstart.crontab
  quantum run --ephemeral examples/quickstart.crontab
  quantum run --tz Europe/Zurich --pass-env LANG examples/quickstart.crontab
)";

constexpr const char* check_examples =
    R"(Finds what `quantum run` of the same user finds. Exit code 0: no error, perhaps warnings;
1: there is an error. A single instant that is over is none for a job that the ledger of
--state knows.

Examples:
  quantum check examples/quickstart.crontab examples/jobs.toml
  echo '0 25 * * * backup' | quantum check - || echo 'the hour is wrong'
)";

constexpr const char* next_examples =
    R"(Due times are strictly later than the start; @every counts from the start.

--batch reads one JSON object a line and answers each with one line, in their order:
  {"expr":…, "dialect":"cron", "tz":"UTC", "name":…, "from":RFC 3339, "count":5}
  {"expr":…, …, "next":["2026-11-22T00:05:00Z", …]}
  {"expr":…, "error":{"field":…, "column":…, "message":…}}
All keys but expr are optional; count may be 0 to 100000.

Examples:
  quantum next '30 2 * * *' --tz America/New_York --from 2026-03-07T00:00:00Z --count 3
  quantum next '@every 90m' --json
  echo '{"expr":"*/5 * * * *","count":2}' | quantum next --batch
)";

constexpr const char* explain_examples =
    R"(The sentence, then the next five runs by the clock of the zone, with its UTC offset.

Examples:
  quantum explain '*/15 9-17 * * mon-fri' --tz Europe/Zurich
  quantum explain 'Mon..Fri *-*~1 08:30' --dialect systemd
  quantum explain '0 0 13 * 5' --json
)";

constexpr const char* simulate_examples =
    R"(The scheduler itself runs on simulated time; no command is started.

--durations names a file that says how long runs take, a line a job; * stands for all others:
  DURATION [OUTCOME] JOB      90s, 1h30m, 250ms; succeeded, failed, timed_out or killed

Examples:
  quantum simulate examples/quickstart.crontab --from 2027-01-01T00:00:00Z --until 2027-01-08T00:00:00Z
)";

constexpr const char* history_examples =
    R"(The newest last, at most --limit of them. TIME is an instant, 2026-11-22T00:05:00Z,
or how long ago: 90s, 36h, 7d. LATE is from the time an execution was due (or its jitter
ended) to the instant its work began; ~ where that instant is not known, counted to the
decision. Works while the scheduler runs, and without one.

Examples:
  quantum history --limit 5
  quantum history load --since 1h --outcome failed --outcome lost
  quantum history --attempts --limit 5
  quantum history --json | head -n 1
)";

constexpr const char* logs_examples =
    R"(Of a job the newest run is shown; an execution is named by 8 digits of its id or more. Of
much output the first 64 KiB and the last 192 KiB are kept. What would act on a terminal
is escaped, \x1b. With --json a line about the run comes first, then objects with "output",
or "output_base64" where the bytes are no UTF-8, or "not_kept", a number of bytes.

Examples:
  quantum logs load
  quantum logs load --json | head -n 1
  quantum logs load --raw | wc -c
)";

constexpr const char* verify_examples =
    R"(Checks every page and index of the file; then computes every due time anew, with an
engine of its own, and compares it with the ledger: nothing lost, nothing doubled,
every policy kept. Begins where retention ends. Exit code 0: all is well; 1: it is not.

Examples:
  quantum verify
  quantum verify --json
)";

constexpr const char* backup_examples =
    R"(The file holds the ledger as it stood at the call; it appears when it is whole, and a
file that is there is never replaced. To restore, stop the scheduler and put it in the
state directory as ledger.db, without a ledger.db-wal beside it.

Examples:
  cd $(mktemp -d) && quantum backup monday.db
)";

constexpr const char* status_examples =
    R"(Exit code 0: it runs, can store what it decides, and its files are good; 1: it cannot, or a
file is bad, or it is suspended, or the ledger cannot be read, or there is no such
directory; 4: no instance runs.

Examples:
  quantum status || test $? -eq 4
  quantum status --json || test $? -eq 4
)";

constexpr const char* version_examples = R"(Examples:
  quantum version
)";

std::vector<std::string> dialect_names() {
    std::vector<std::string> names;
    for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
        names.emplace_back(to_string(static_cast<Dialect>(value)));
    }
    return names;
}

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
            print_error("there is no command '" + config::printable(arguments[1], 40) +
                        "'; see 'quantum --help'");
            return exit_usage;
        }
        try {
            app_.parse(count, arguments);
        } catch (const CLI::ParseError& error) {
            return answer(error);
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

    /// What `next` and `explain` have in common; gives back the expression's own option.
    template <class Chosen>
    static CLI::Option* add_expression(CLI::App* command, Chosen& chosen) {
        auto* expression = command->add_option(
            "EXPR", chosen.expression, "The expression, as one argument: '*/5 * * * *', '@daily'");
        expression->type_name("");
        command
            ->add_option_function<std::string>(
                "--dialect",
                [&chosen](const std::string& text) { chosen.dialect = *dialect_named(text); },
                "How the expression is read")
            ->check(CLI::IsMember(dialect_names()))
            ->type_name("NAME")
            ->default_str("cron");
        command
            ->add_option("--tz", chosen.zone,
                         "The time zone of the expression (default: the machine's)")
            ->type_name("ZONE");
        command
            ->add_option("--name", chosen.name, "The job's name, from which '~' and 'H' are drawn")
            ->type_name("JOB");
        command
            ->add_option_function<std::string>(
                "--days",
                [&chosen](const std::string& text) { chosen.days = day_rule_named(text); },
                "What a day must match where both day fields are restricted")
            ->check(CLI::IsMember({"any", "all"}))
            ->type_name("RULE")
            ->default_str("as the dialect says");
        command
            ->add_option_function<std::string>(
                "--from", [&chosen](const std::string& text) { chosen.from = instant(text); },
                "Where to start, such as 2026-11-22T00:05:00Z; now, if it is not given")
            ->type_name("RFC3339");
        return expression;
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

    static WallTime instant(const std::string& text, const char* option = "--from") {
        const auto parsed = parse_rfc3339(text);
        if (!parsed) {
            throw CLI::ValidationError(
                option, "'" + text + "' is no RFC 3339 time such as 2026-11-22T00:05:00Z");
        }
        return *parsed;
    }

    static void add_files(CLI::App* command, std::vector<std::string>& files,
                          const std::string& description) {
        command->add_option("FILE", files, description)->required()->type_name("")->expected(1, -1);
    }
    static void add_system(CLI::App* command, bool& system) {
        command->add_flag("--system", system,
                          "A user name stands before each command, as in /etc/crontab");
    }
    static CLI::Option* add_state(CLI::App* command, std::string& state) {
        return command
            ->add_option("--state", state, "The state directory, if it is not the usual one")
            ->type_name("DIR");
    }
    static CLI::Option* add_duration(CLI::App* command, const std::string& name, Duration& chosen,
                                     const std::string& description) {
        return command
            ->add_option_function<std::string>(
                name,
                [name, &chosen](const std::string& text) {
                    const auto duration = parse_duration(text);
                    if (!duration) {
                        throw CLI::ValidationError(
                            name, "'" + text + "' is no duration such as 90s, 36h or 7d");
                    }
                    chosen = *duration;
                },
                description)
            ->type_name("DURATION");
    }
    static void add_moment(CLI::App* command, const std::string& name,
                           std::optional<WallTime>& chosen, const std::string& description) {
        command
            ->add_option_function<std::string>(
                name, [name, &chosen](const std::string& text) { chosen = moment(name, text); },
                description)
            ->type_name("TIME");
    }
    /// An instant, or how long ago.
    static WallTime moment(const std::string& name, const std::string& text) {
        if (const auto instant = parse_rfc3339(text)) return *instant;
        const auto ago = parse_duration(text);
        const auto current = now();
        if (!ago || !current) {
            throw CLI::ValidationError(
                name, "'" + text +
                          "' is neither an instant such as 2026-11-22T00:05:00Z nor a "
                          "time ago such as 36h or 7d");
        }
        return *current - *ago;
    }
    static void add_zone(CLI::App* command, std::string& zone) {
        command
            ->add_option("--tz", zone,
                         "The time zone of entries above any CRON_TZ; the machine's, if it is not "
                         "given")
            ->type_name("ZONE");
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
