#pragma once

// What `--help` says below the options: of the program, and of each command.
namespace quantum::cli {

inline constexpr const char* program_examples = R"(Examples:
  quantum run examples/quickstart.crontab
  quantum check examples/quickstart.crontab
  quantum next '*/15 9-17 * * mon-fri' --tz Europe/Zurich
  quantum explain '0 9 1-7 * mon'
)";

inline constexpr const char* run_examples =
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

inline constexpr const char* check_examples =
    R"(Finds what `quantum run` of the same user finds. Exit code 0: no error, perhaps warnings;
1: there is an error. A single instant that is over is none for a job that the ledger of
--state knows.

Examples:
  quantum check examples/quickstart.crontab examples/jobs.toml
  echo '0 25 * * * backup' | quantum check - || echo 'the hour is wrong'
)";

inline constexpr const char* next_examples =
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

inline constexpr const char* explain_examples =
    R"(The sentence, then the next five runs by the clock of the zone, with its UTC offset.

Examples:
  quantum explain '*/15 9-17 * * mon-fri' --tz Europe/Zurich
  quantum explain 'Mon..Fri *-*~1 08:30' --dialect systemd
  quantum explain '0 0 13 * 5' --json
)";

inline constexpr const char* simulate_examples =
    R"(The scheduler itself runs on simulated time; no command is started.

--durations names a file that says how long runs take, a line a job; * stands for all others:
  DURATION [OUTCOME] JOB      90s, 1h30m, 250ms; succeeded, failed, timed_out or killed

Examples:
  quantum simulate examples/quickstart.crontab --from 2027-01-01T00:00:00Z --until 2027-01-08T00:00:00Z
)";

inline constexpr const char* history_examples =
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

inline constexpr const char* logs_examples =
    R"(Of a job the newest run is shown; an execution is named by 8 digits of its id or more. Of
much output the first 64 KiB and the last 192 KiB are kept. What would act on a terminal
is escaped, \x1b. With --json a line about the run comes first, then objects with "output",
or "output_base64" where the bytes are no UTF-8, or "not_kept", a number of bytes.

Examples:
  quantum logs load
  quantum logs load --json | head -n 1
  quantum logs load --raw | wc -c
)";

inline constexpr const char* verify_examples =
    R"(Checks every page and index of the file; then computes every due time anew, with an
engine of its own, and compares it with the ledger: nothing lost, nothing doubled,
every policy kept. Begins where retention ends. Exit code 0: all is well; 1: it is not.

Examples:
  quantum verify
  quantum verify --json
)";

inline constexpr const char* backup_examples =
    R"(The file holds the ledger as it stood at the call; it appears when it is whole, and a
file that is there is never replaced. To restore, stop the scheduler and put it in the
state directory as ledger.db, without a ledger.db-wal beside it.

Examples:
  quantum backup "${TMPDIR:-/tmp}/quantum-$$.db"
)";

inline constexpr const char* status_examples =
    R"(Exit code 0: it runs, can store what it decides, and its files are good; 1: it cannot, or a
file is bad, or it is suspended, or the ledger cannot be read, or there is no such
directory; 4: no instance runs.

Examples:
  quantum status || test $? -eq 4
  quantum status --json || test $? -eq 4
)";

inline constexpr const char* version_examples = R"(Examples:
  quantum version
)";

}  // namespace quantum::cli
