#include "cli/api_arguments.hpp"

#include <string>
#include <utility>
#include <vector>

#include "cli/api_help_texts.hpp"
#include "cli/moment_option.hpp"
#include "cli/shared_options.hpp"
#include "times/moment.hpp"

namespace quantum::cli {
namespace {

const std::vector<std::string> orders{"name", "next", "last", "failures", "p95"};
const std::vector<std::string> roles{"read", "operate", "admin"};
const std::vector<std::string> shells{"bash", "zsh", "fish"};

/// A time as every command reads it; throws what CLI11 makes a message of.
WallTime time_of(const std::string& name, const std::string& text, const std::string& zone,
                 times::Tense tense) {
    const auto context = moment_context(zone, tense);
    if (!context) throw CLI::ValidationError(name, context.error().message);
    const auto moment = times::parse_moment(text, *context);
    if (!moment) throw CLI::ValidationError(name, moment.error().message);
    return tense == times::Tense::past ? moment->as_start() : moment->as_end();
}

void add_ahead(CLI::App* command, const std::string& name, std::optional<WallTime>& chosen,
               const std::string& description) {
    command
        ->add_option_function<std::string>(
            name,
            [name, &chosen](const std::string& text) {
                chosen = time_of(name, text, {}, times::Tense::future);
            },
            description)
        ->type_name("TIME");
}

void add_note(CLI::App* command, std::optional<std::string>& note) {
    command->add_option("--note", note, "Why, for the audit log and whoever looks later")
        ->type_name("TEXT");
}

void add_consent(CLI::App* command, Consent& consent) {
    command->add_flag("--yes", consent.yes, "Do not ask before changing more than one");
    command->add_flag("--dry-run", consent.dry_run, "Say what would be done, and do nothing");
}

void add_selection(CLI::App* command, JobSelection& selection) {
    command->add_option("JOB", selection.jobs, "The jobs")->type_name("");
    command->add_option("--tag", selection.tag, "All jobs with this tag")->type_name("TAG");
    command->add_flag("--all", selection.all, "All jobs");
}

}  // namespace

CLI::App* ApiArguments::add(CLI::App& app, const char* name, const char* description,
                            const char* footer, ApiOptions& options, const char* json_help) {
    CLI::App* const command = app.add_subcommand(name, description);
    command->footer(footer);
    command->add_flag("--json", options.json, json_help);
    command
        ->add_option("--socket", options.place.socket,
                     "Socket of the daemon (default: $QUANTUM_SOCKET, or in the state directory)")
        ->type_name("PATH");
    add_state(command, options.place.state);
    return command;
}

void ApiArguments::add_to(CLI::App& app) {
    add_reading(app);
    add_changing(app);
    add_defining(app);
    add_others(app);
}

void ApiArguments::add_reading(CLI::App& app) {
    CLI::App* list = add(app, "ls", "List jobs: when they are due, and how they did", ls_examples,
                         list_.api, "Print one JSON object per job");
    list->add_option("PATTERN", list_.pattern, "Only jobs with this in their name or command")
        ->type_name("");
    list->add_option("--tag", list_.tags, "Only jobs with this tag (repeatable)")
        ->type_name("TAG")
        ->allow_extra_args(false);
    list->add_flag("--failed", list_.failed, "Only jobs whose last run failed");
    list->add_flag("--paused", list_.paused, "Only jobs that are paused");
    list->add_option("--sort", list_.sort, "Order")
        ->check(CLI::IsMember(orders))
        ->type_name("WORD")
        ->default_str("name");
    list->add_flag("--wide", list_.wide, "Cut nothing, whatever the width of the terminal");
    list->add_option("--tz", list_.api.zone, "Time zone of the table (default: the machine's)")
        ->type_name("ZONE");
    list->final_callback([this] { chosen_ = list_; });

    CLI::App* show =
        add(app, "show", "Show all about a job", show_examples, show_.api, "Print a JSON object");
    show->add_option("JOB", show_.job, "The job")->required()->type_name("");
    show->add_flag("--toml", show_.toml, "Print only the definition, as in a job file");
    show->add_option("--tz", show_.api.zone, "Time zone of instants (default: the job's)")
        ->type_name("ZONE");
    show->final_callback([this] { chosen_ = show_; });

    CLI::App* ps = add(app, "ps", "Show what runs, and what waits and for what", ps_examples,
                       ps_.api, "Print one JSON object per run");
    ps->add_flag("--wide", ps_.wide, "Cut nothing, whatever the width of the terminal");
    ps->add_option("--tz", ps_.api.zone, "Time zone of the table (default: the machine's)")
        ->type_name("ZONE");
    ps->final_callback([this] { chosen_ = ps_; });

    CLI::App* top = add(app, "top", "Show what runs and what comes, again and again", top_examples,
                        top_.api, "Not for this command");
    add_duration(top, "--every", top_.every, "Pause between two looks")->default_str("1s");
    top->add_option("--count", top_.count,
                    "Number of looks (default: until interrupted; 1 if not on a terminal)")
        ->type_name("N");
    top->final_callback([this] { chosen_ = top_; });

    CLI::App* events = add(app, "events", "Show what happens, as it happens", events_examples,
                           events_.api, "Print one JSON object per event");
    events->add_flag("-f,--follow", events_.follow, "Go on as events come");
    events->add_option("--job", events_.job, "Only events of this job")->type_name("JOB");
    events->add_option("--kind", events_.kinds, "Only events of this kind (repeatable)")
        ->type_name("WORD")
        ->allow_extra_args(false);
    events->final_callback([this] { chosen_ = events_; });

    CLI::App* audit = add(app, "audit-log", "Show who changed what", audit_log_examples, audit_.api,
                          "Print one JSON object per note");
    audit->add_option("JOB", audit_.job, "Only notes about this job")->type_name("");
    audit->add_option("--actor", audit_.actor, "Only notes of this actor, such as api:oncall")
        ->type_name("NAME");
    audit->add_option("--action", audit_.action, "Only notes about this, such as pause")
        ->type_name("WORD");
    add_time(audit, "--since", audit_since_, "Only notes at or after this time");
    audit->add_option("--limit", audit_.limit, "Maximum number of notes")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
        ->type_name("N")
        ->capture_default_str();
    audit->add_option("--tz", audit_.api.zone, "Time zone of the table (default: the machine's)")
        ->type_name("ZONE");
    audit->final_callback([this] {
        if (!audit_since_.empty()) {
            audit_.since = time_of("--since", audit_since_, audit_.api.zone, times::Tense::past);
        }
        chosen_ = audit_;
    });
}

void ApiArguments::add_changing(CLI::App& app) {
    CLI::App* pause = add(app, "pause", "Hold jobs back; works without a daemon too",
                          pause_examples, pause_.api, "Print a JSON object");
    add_selection(pause, pause_.selection);
    add_ahead(pause, "--until", pause_.until, "When the pause ends by itself");
    add_note(pause, pause_.note);
    add_consent(pause, pause_.consent);
    pause->final_callback([this] { chosen_ = pause_; });

    CLI::App* resume = add(app, "resume", "End a pause; works without a daemon too",
                           resume_examples, resume_.api, "Print a JSON object");
    add_selection(resume, resume_.selection);
    add_note(resume, resume_.note);
    add_consent(resume, resume_.consent);
    resume->final_callback([this] { chosen_ = resume_; });

    CLI::App* trigger = add(app, "trigger", "Run jobs once, now", trigger_examples, trigger_.api,
                            "Print a JSON object");
    add_selection(trigger, trigger_.selection);
    trigger->add_flag("--wait", trigger_.wait, "Wait for the end; exit with the job's own code");
    add_note(trigger, trigger_.note);
    add_consent(trigger, trigger_.consent);
    trigger->final_callback([this] { chosen_ = trigger_; });

    CLI::App* kill = add(app, "kill", "End runs: TERM, then KILL", kill_examples, kill_.api,
                         "Print a JSON object");
    kill->add_option("EXECUTION|JOB", kill_.targets, "Executions, or jobs of which all runs end")
        ->required()
        ->type_name("");
    add_note(kill, kill_.note);
    add_consent(kill, kill_.consent);
    kill->final_callback([this] { chosen_ = kill_; });

    CLI::App* reload = add(app, "reload", "Read the daemon's files again", reload_examples,
                           reload_.api, "Print a JSON object");
    reload
        ->add_option("--plan", reload_.plan,
                     "Change nothing unless it is what `quantum plan` showed")
        ->type_name("DIGEST");
    add_note(reload, reload_.note);
    reload->final_callback([this] { chosen_ = reload_; });

    CLI::App* drain = add(app, "drain", "Start nothing more, and end the daemon when nothing runs",
                          drain_examples, drain_.api, "Print a JSON object");
    drain->add_option("--timeout", drain_.timeout, "End what still runs after this")
        ->type_name("DURATION");
    drain->add_flag("--wait", drain_.wait, "Wait until the daemon has ended");
    add_note(drain, drain_.note);
    add_consent(drain, drain_.consent);
    drain->final_callback([this] { chosen_ = drain_; });
}

void ApiArguments::add_defining(CLI::App& app) {
    CLI::App* added = add(app, "add", "Add a job without a file", add_examples, add_.api,
                          "Print a JSON object per job");
    added->add_option("NAME|FILE", add_.name, "The name of the job, or a job file (.toml)")
        ->required()
        ->type_name("");
    added->add_option("--schedule", add_.schedules, "When it is due (repeatable)")
        ->type_name("EXPR")
        ->allow_extra_args(false);
    added->add_option("--zone", add_.zone, "Time zone of the expressions (default: the daemon's)")
        ->type_name("ZONE");
    added->add_option("--dialect", add_.dialect, "Dialect of the expressions")
        ->check(CLI::IsMember(dialect_names()))
        ->type_name("NAME")
        ->default_str("cron");
    added->add_option("--shell", add_.shell, "A shell command line")->type_name("LINE");
    added->add_option("ARGV", add_.argv, "After --: the program and its arguments")->type_name("");
    added->add_flag("--replace", add_.replace, "Replace a job of that name");
    added->add_flag("--dry-run", add_.consent.dry_run, "Print what would be added");
    add_note(added, add_.note);
    added->final_callback([this] { chosen_ = add_; });

    CLI::App* rm = add(app, "rm", "Delete jobs that no file defines", rm_examples, rm_.api,
                       "Not for this command");
    rm->add_option("JOB", rm_.jobs, "The jobs")->required()->type_name("");
    rm->add_flag("--kill", rm_.kill, "End what runs of them; by default it runs to its end");
    add_note(rm, rm_.note);
    add_consent(rm, rm_.consent);
    rm->final_callback([this] { chosen_ = rm_; });

    CLI::App* edit = add(app, "edit", "Edit a job that no file defines, in $EDITOR", edit_examples,
                         edit_.api, "Not for this command");
    edit->add_option("JOB", edit_.job, "The job")->required()->type_name("");
    add_consent(edit, edit_.consent);
    edit->final_callback([this] { chosen_ = edit_; });
}

void ApiArguments::add_others(CLI::App& app) {
    CLI::App* token = app.add_subcommand("token", "Rights to use the API over TCP");
    token->footer(token_examples);
    token->require_subcommand(1);
    CLI::App* added = add(*token, "add", "Make a token, and print it once", token_examples,
                          token_.api, "Print a JSON object");
    added->add_option("NAME", token_.name, "What it is called in the audit log")
        ->required()
        ->type_name("");
    added->add_option("--role", token_.role, "What it allows")
        ->required()
        ->check(CLI::IsMember(roles))
        ->type_name("WORD");
    add_ahead(added, "--expires", token_.expires, "When it ends by itself");
    added->final_callback([this] {
        token_.what = TokenCommand::What::add;
        chosen_ = token_;
    });
    CLI::App* list = add(*token, "ls", "List tokens", token_examples, token_.api,
                         "Print one JSON object per token");
    list->final_callback([this] { chosen_ = token_; });
    CLI::App* removed =
        add(*token, "rm", "End a token", token_examples, token_.api, "Not for this command");
    removed->add_option("NAME", token_.name, "The token")->required()->type_name("");
    removed->final_callback([this] {
        token_.what = TokenCommand::What::remove;
        chosen_ = token_;
    });

    CLI::App* completion =
        app.add_subcommand("completion", "Print a completion script for a shell");
    completion->footer(completion_examples);
    completion->add_option("SHELL", completion_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember(shells))
        ->type_name("");
    completion->final_callback([this] { chosen_ = completion_; });

    CLI::App* complete = app.add_subcommand("__complete", "");
    complete->group("");
    complete->prefix_command();
    complete->final_callback([this, complete] {
        complete_.words = complete->remaining();
        chosen_ = complete_;
    });
}

std::optional<ApiCommand> ApiArguments::chosen() const { return chosen_; }

}  // namespace quantum::cli
