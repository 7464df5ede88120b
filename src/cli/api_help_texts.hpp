#pragma once

// What `--help` says below the options of the commands that ask a daemon.
namespace quantum::cli {

inline constexpr const char* ls_examples =
    R"(Marks: ! failing, = paused, > running, . inactive or finished. 24 H has a sign for each hour,
the newest last: + succeeded, ! failed, - skipped, . nothing. Without a daemon, the ledger
is shown.

Examples:
  quantum ls
  quantum ls load --sort next
  quantum ls --json | head -n 1
)";

inline constexpr const char* show_examples =
    R"(Instants are in the job's own zone. Without a daemon, the ledger is shown.

Examples:
  quantum show load
  quantum show load --toml
  quantum show load --json
)";

inline constexpr const char* ps_examples =
    R"(LEFT is the time that is left if the run takes as long as its job's last runs did. Exit code
4: no daemon is running.

Examples:
  quantum ps || test $? -eq 4
  quantum ps --json || test $? -eq 4
)";

inline constexpr const char* top_examples =
    R"(Exit code 4: no daemon is running.

Examples:
  quantum top --count 1 || test $? -eq 4
)";

inline constexpr const char* events_examples =
    R"(Kinds: job.added job.changed job.deleted job.paused job.resumed run.started run.ended
run.skipped run.stuck state. A ! marks what did not go well. Exit code 4: no daemon is
running.

Examples:
  quantum events || test $? -eq 4
  quantum events --kind run.ended --json || test $? -eq 4
)";

inline constexpr const char* audit_log_examples =
    R"(Shows at most --limit notes, newest last. Actors: file:NAME, api:USER, token:NAME, cli:USER,
scheduler. Without a daemon, the ledger is shown.

Examples:
  quantum audit-log
  quantum audit-log load --limit 5
)";

inline constexpr const char* pause_examples =
    R"(Due times meanwhile are recorded as skipped and never caught up; what runs goes on. A pause
belongs to the name of a job: it survives restarts, reloads and new definitions. TIME is
an instant such as 2026-11-22T00:05:00Z, or a duration from now: 90m, 2d. Without a
daemon, the pause is stored in the ledger and holds from the next start on: due times that
nobody has decided are not caught up either.

Examples:
  quantum pause load --until 2h --note 'disk swap'
  quantum pause --all --yes --note 'move to another rack'
)";

inline constexpr const char* resume_examples =
    R"(Nothing is caught up. A job that is not paused stays as it is.

Examples:
  quantum resume load
)";

inline constexpr const char* trigger_examples =
    R"(The schedule is not affected; overlap applies. With --wait the exit code is the job's own, 124
if it timed out, 128 and the signal if a signal ended it, 125 if it did not run. Exit code
4: no daemon is running.

Examples:
  quantum trigger load || test $? -eq 4
  quantum trigger load --wait || test $? -eq 125
)";

inline constexpr const char* kill_examples =
    R"(An execution is given by the last digits of its ID, as `quantum ps` shows it, or by at least 8
of its first. The whole process tree gets TERM and, after the job's kill_after, KILL. What
was ended is not tried again. Exit code 4: no daemon is running.

Examples:
  quantum kill load || test $? -eq 4
)";

inline constexpr const char* add_examples =
    R"(The job is kept in the ledger. A job that a file defines is changed in its file. Exit code 4:
no daemon is running.

Examples:
  quantum add hello --schedule '@hourly' --shell 'echo hello' --dry-run || test $? -eq 4
  quantum add sync --schedule '*/5 * * * *' --dry-run -- rsync -a /srv/ /mnt/ || test $? -eq 4
)";

inline constexpr const char* rm_examples =
    R"(The history stays. Exit code 4: no daemon is running.

Examples:
  quantum rm load --dry-run || test $? -eq 4
)";

inline constexpr const char* edit_examples =
    R"(Opens the definition as in a job file in $VISUAL or $EDITOR, checks it, shows what changes, and
asks. Exit code 4: no daemon is running.

Examples:
  EDITOR=true quantum edit load --yes || test $? -eq 4
)";

inline constexpr const char* reload_examples =
    R"(As HUP does, and says what became of it. A bad file prevents any change; so does, with --plan, one
that is not what 'quantum plan' has shown. Exit code 4: no daemon is running.

Examples:
  quantum reload || test $? -eq 4
)";

inline constexpr const char* drain_examples =
    R"(What runs runs to its end, or is ended after --timeout. Due times meanwhile are decided by the
next start. Exit code 4: no daemon is running.

Examples:
  quantum drain --dry-run || test $? -eq 4
)";

inline constexpr const char* token_examples =
    R"(A token is sent as `Authorization: Bearer TOKEN`. Only its hash is kept. Exit code 4: no daemon
is running.

Examples:
  quantum token ls || test $? -eq 4
)";

inline constexpr const char* completion_examples =
    R"(Completes commands, options and the names of jobs.

Examples:
  quantum completion bash > /dev/null
)";

}  // namespace quantum::cli
