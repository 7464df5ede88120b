package main

import "github.com/robfig/cron"

func parse(expression string) (engine, error) { return cron.ParseStandard(expression) }
