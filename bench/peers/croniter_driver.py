"""croniter's side of ./dev bench peers; what all drivers do is told in run.sh."""

import datetime
import sys
import time
import zoneinfo

import croniter

CALLS = 64
FIRST = 1767225600  # 2026-01-01T00:00Z
APART = 491807
STREAM_START = 1795305600  # 2026-11-22T00:00Z
STREAM_END = 2114380800  # 2037-01-01T00:00Z


def pass_each(schedule, instants):
    for instant in instants:
        schedule.get_next(float, start_time=instant)
    return len(instants)


def pass_stream(schedule):
    at = schedule.get_next(float, start_time=STREAM_START)
    done = 1
    while done < CALLS and at < STREAM_END:
        at = schedule.get_next(float)
        done += 1
    return done


def nanoseconds(budget, once):
    done = 0
    begin = time.perf_counter_ns()
    while True:
        done += once()
        took = time.perf_counter_ns() - begin
        if took >= budget:
            return took / done


def each(schedule, instants):
    return [schedule.get_next(float, start_time=instant) for instant in instants]


def stream(schedule):
    answers = []
    at = schedule.get_next(float, start_time=STREAM_START)
    while len(answers) < CALLS and at < STREAM_END:
        answers.append(at)
        at = schedule.get_next(float)
    return answers


def measure(name, expressions, budget, show):
    zone = zoneinfo.ZoneInfo(name)
    start = datetime.datetime.fromtimestamp(FIRST, zone)
    instants = [float(FIRST + i * APART) for i in range(CALLS)]
    for number, expression in enumerate(expressions):
        try:
            schedule = croniter.croniter(expression, start)
        except croniter.CroniterError as problem:
            if show and name == "UTC":
                print("unread", number, problem, sep="\t")
            continue
        by_each = nanoseconds(budget, lambda: pass_each(schedule, instants))
        by_stream = nanoseconds(budget, lambda: pass_stream(schedule))
        if not show:
            continue
        for manner, answers in (("each", each(schedule, instants)), ("stream", stream(schedule))):
            text = ",".join(str(int(at)) for at in answers)
            print("answers", name, manner, number, text, sep="\t")
        print("time", name, "each", number, by_each, sep="\t")
        print("time", name, "stream", number, by_stream, sep="\t")


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        expressions = [line.split("\t")[0] for line in file]
    budget = int(sys.argv[2]) * 1_000_000
    for warm in (False, True):
        for name in ("UTC", "America/New_York"):
            measure(name, expressions, budget, warm)


main()
