package main

import "github.com/gorhill/cronexpr"

func parse(expression string) (engine, error) { return cronexpr.Parse(expression) }
