// What both drivers in Go share: ./dev bench peers builds it with one engine at a time.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	calls       = 64
	first       = 1767225600 // 2026-01-01T00:00Z
	apart       = 491807
	streamStart = 1795305600 // 2026-11-22T00:00Z
	streamEnd   = 2114380800 // 2037-01-01T00:00Z
)

type engine interface {
	Next(time.Time) time.Time
}

func passEach(schedule engine, instants []time.Time) int {
	for _, instant := range instants {
		sink = schedule.Next(instant)
	}
	return len(instants)
}

func passStream(schedule engine, start, end time.Time) int {
	at := start
	for done := 1; ; done++ {
		at = schedule.Next(at)
		if done == calls || !at.Before(end) {
			sink = at
			return done
		}
	}
}

var sink time.Time

func nanoseconds(budget time.Duration, pass func() int) float64 {
	done := 0
	begin := time.Now()
	for {
		done += pass()
		if took := time.Since(begin); took >= budget {
			return float64(took.Nanoseconds()) / float64(done)
		}
	}
}

func each(schedule engine, instants []time.Time) []string {
	var answers []string
	for _, instant := range instants {
		answers = append(answers, second(schedule.Next(instant)))
	}
	return answers
}

func stream(schedule engine, start, end time.Time) []string {
	var answers []string
	at := start
	for len(answers) < calls {
		at = schedule.Next(at)
		if at.IsZero() {
			return append(answers, "-")
		}
		if !at.Before(end) {
			break
		}
		answers = append(answers, second(at))
	}
	return answers
}

func second(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return strconv.FormatInt(at.Unix(), 10)
}

func fail(problem error) {
	fmt.Fprintln(os.Stderr, problem)
	os.Exit(1)
}

func readExpressions(path string) []string {
	file, problem := os.Open(path)
	if problem != nil {
		fail(problem)
	}
	defer file.Close()
	var expressions []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		expressions = append(expressions, strings.Split(lines.Text(), "\t")[0])
	}
	return expressions
}

func measure(zone string, expressions []string, budget time.Duration, print bool) {
	location, problem := time.LoadLocation(zone)
	if problem != nil {
		fail(problem)
	}
	var instants []time.Time
	for i := int64(0); i < calls; i++ {
		instants = append(instants, time.Unix(first+i*apart, 0).In(location))
	}
	start, end := time.Unix(streamStart, 0).In(location), time.Unix(streamEnd, 0)
	for i, expression := range expressions {
		schedule, problem := parse(expression)
		if problem != nil {
			if print && zone == "UTC" {
				fmt.Printf("unread\t%d\t%s\n", i, problem)
			}
			continue
		}
		byEach := nanoseconds(budget, func() int { return passEach(schedule, instants) })
		byStream := nanoseconds(budget, func() int { return passStream(schedule, start, end) })
		if !print {
			continue
		}
		fmt.Printf("answers\t%s\teach\t%d\t%s\n", zone, i,
			strings.Join(each(schedule, instants), ","))
		fmt.Printf("answers\t%s\tstream\t%d\t%s\n", zone, i,
			strings.Join(stream(schedule, start, end), ","))
		fmt.Printf("time\t%s\teach\t%d\t%.3f\n", zone, i, byEach)
		fmt.Printf("time\t%s\tstream\t%d\t%.3f\n", zone, i, byStream)
	}
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	expressions := readExpressions(os.Args[1])
	milliseconds, problem := strconv.Atoi(os.Args[2])
	if problem != nil {
		fail(problem)
	}
	for _, warm := range []bool{false, true} {
		for _, zone := range []string{"UTC", "America/New_York"} {
			measure(zone, expressions, time.Duration(milliseconds)*time.Millisecond, warm)
		}
	}
}
