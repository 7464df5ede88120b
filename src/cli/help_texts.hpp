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
    R"(Runs until TERM, INT (Ctrl-C) or QUIT. HUP and USR2 reload the files, USR1 logs the status.
Crontabs have five time fields, then a command. Without a FILE, runs /etc/quantum: its
cron.d, its jobs.d, and the settings in its quantum.toml, each of which is an option.

At a start, each file is handled separately: for a bad file, the jobs it had when it was
last good are kept, or if it never was, its valid jobs run. At a reload, a bad file
prevents any change. Crontabs are reloaded by themselves when they change.

The outcome of every due time is recorded in the state directory, which only one instance
can use at a time: --state, or else $QUANTUM_STATE, $STATE_DIRECTORY,
$XDG_STATE_HOME/quantum, /var/lib/quantum for root, ~/.local/state/quantum.
Exit code 75: another instance holds it.

Examples:
  quantum run examples/quickstart.crontab
  quantum run --ephemeral examples/quickstart.crontab
  quantum run --tz Europe/Zurich --pass-env LANG examples/quickstart.toml
)";

inline constexpr const char* check_examples =
    R"(Reports what `quantum run` by the same user would report, and - is standard input. Without a
FILE, checks what is in /etc/quantum. Exit code 0: no errors, possibly warnings; 1: errors. A single
instant in the past is not an error for a job that is already in the ledger of --state.

Examples:
  quantum check examples/quickstart.crontab examples/jobs.toml
  echo '0 25 * * * backup' | quantum check - || echo 'the hour is wrong'
)";

inline constexpr const char* next_examples =
    R"(Due times are strictly later than the start; @every counts from the start. The start is a TIME:
now, 02:30 (the next one), 'tomorrow 02:30', '2026-11-22 02:30', 2026-11-22T01:30:00Z, or 2h (from
now). --batch takes RFC 3339 only.

--batch reads one JSON object per line and answers each with one line, in order:
  {"expr":…, "dialect":"cron", "tz":"UTC", "name":…, "from":RFC 3339, "count":5}
  {"expr":…, …, "next":["2026-11-22T00:05:00Z", …]}
  {"expr":…, "error":{"field":…, "column":…, "message":…}}
All keys except expr are optional; count may be 0 to 100000.

Examples:
  quantum next '30 2 * * *' --tz America/New_York --from 2026-03-07 --count 3
  quantum next '@every 90m' --json
  echo '{"expr":"*/5 * * * *","count":2}' | quantum next --batch
)";

inline constexpr const char* explain_examples =
    R"(Prints the explanation, then the next five runs in local time of the zone, with UTC offsets.

Examples:
  quantum explain '*/15 9-17 * * mon-fri' --tz Europe/Zurich
  quantum explain 'Mon..Fri *-*~1 08:30' --dialect systemd
  quantum explain '0 0 13 * 5' --json
)";

inline constexpr const char* simulate_examples =
    R"(Runs the real scheduler on simulated time; no command is started.

The start and the end are a TIME: see 'quantum next --help'. A duration as the end counts from the
start.

--durations names a file with the duration of runs, one line per job; * means all others:
  DURATION [OUTCOME] JOB      90s, 1h30m, 250ms; succeeded, failed, timed_out or killed

Examples:
  quantum simulate examples/quickstart.crontab --from 2027-01-01 --until 7d
  quantum simulate examples/quickstart.crontab --until tomorrow
)";

inline constexpr const char* history_examples =
    R"(Shows at most --limit entries, newest last. TIME is now, 02:30 (the latest one), 'yesterday 02:30',
yesterday, '2026-11-22 02:30', 2026-11-22T01:30:00Z, or 2h (ago). Times are local to --tz and lose
their date when it is today. LATE is the time from when an execution was due (or its jitter ended)
until its work began; with ~, the start is unknown, and the time of the decision is used. An
execution is shown by the last 8 digits of its ID. Works whether or not the scheduler is running.

Examples:
  quantum history --limit 5
  quantum history load --since 1h --outcome failed --outcome lost
  quantum history --since yesterday --failed
  quantum history --attempts --limit 5
  quantum history --json | head -n 1
)";

inline constexpr const char* logs_examples =
    R"(For a job, shows its newest run, or with --at the one that was due then: 02:30, 'yesterday 02:30',
2h (ago). An execution is given by 8 or more digits at the beginning or end of its ID. Of long
output, the first 64 KiB and the last 192 KiB are kept. Characters that could affect the terminal
are escaped, as in \x1b. With --json, prints one line about the run, then objects with "output", or
"output_base64" if the bytes are not UTF-8, or "not_kept" with a number of bytes.

Examples:
  quantum logs load
  quantum logs load --json | head -n 1
  quantum logs load --raw | wc -c
)";

inline constexpr const char* why_examples =
    R"(Says of each due time whether it ran, and if not why not; of any other time why it is no due time;
and of times to come what will be. The first sentence is the decisive cause. Each cause has a code,
and the rows of the ledger that it rests on: see docs/operating/why.md.

TIME is local to the job's zone: 02:30 (the latest one), 'yesterday 02:30', yesterday, '2026-11-22
02:30', 2026-11-22T01:30:00Z, 2h (ago), now. Without seconds any due time of that minute is meant. A
local time that came twice has two answers. Works whether or not the scheduler is running.

Examples:
  quantum why load
  quantum why load 02:30
  quantum why load yesterday 02:30 --json
  quantum why load --since yesterday
  quantum why load now
)";

inline constexpr const char* plan_examples =
    R"(Compares the files with the jobs in the ledger of --state: what is added, changed (and what of it),
deleted, and which due times vanish, appear or move. Changes nothing. The digest names what was
compared: files and known jobs. With --start: what a start now would do about due times that were
missed and about runs that are open, by the real scheduler on a copy of the ledger.

Exit code 0: nothing would change; 3: something would; 1: a file is bad.

Examples:
  quantum plan examples/quickstart.crontab || test $? -eq 3
  quantum plan examples/quickstart.crontab --until 7d --json || test $? -eq 3
  quantum plan examples/quickstart.crontab --start || test $? -eq 3
)";

inline constexpr const char* verify_examples =
    R"(Checks every page and index of the file, then recomputes every due time with a separate
engine and compares it with the ledger: nothing lost, nothing duplicated, every policy
followed. Starts at the edge of retention, or at --since (02:30, yesterday, 7d ...). Exit code 0:
no findings; 1: findings or errors.

Examples:
  quantum verify
  quantum verify --since yesterday
  quantum verify --json
)";

inline constexpr const char* backup_examples =
    R"(The file contains the ledger as of the time of the call. It appears when it is complete,
and an existing file is never overwritten. To restore, stop the scheduler and copy it into
the state directory as ledger.db, after removing any ledger.db-wal and ledger.db-shm.

Examples:
  cd $(mktemp -d) && quantum backup monday.db
)";

inline constexpr const char* status_examples =
    R"(Exit code 0: running, able to write its ledger, and all files good; 1: degraded, suspended, a
bad file, an unreadable ledger, or no such directory; 4: no instance is running.

Examples:
  quantum status || test $? -eq 4
  quantum status --json || test $? -eq 4
)";

inline constexpr const char* crontab_examples =
    R"(Works while a scheduler of root's runs with --spool, which reads the crontabs of all users.
Whether you may have one is decided by /etc/cron.allow and /etc/cron.deny, as with cron.
A new crontab is checked before it takes the place of the old one, and takes effect at
once. Names given in it ("# name: x") begin with your user name and a colon.
Exit code 1: you have no crontab, or the new one is refused; 4: no scheduler can be reached.

Examples:
  quantum crontab -l || test $? -eq 4
  echo '0 3 * * * backup' | quantum crontab - || test $? -eq 4
)";

inline constexpr const char* version_examples = R"(Examples:
  quantum version
)";

}  // namespace quantum::cli
