// Package scenario reads scenario files, runs their steps on a network, and judges what
// came of it.
//
//	file.yaml
//	   │ Parse        text → File: every value with line and column, all mistakes at once
//	   ▼
//	  File ── Plan ──► a driver brings it up ──► topology.World
//	   │                                            │
//	   │ Run          steps, one after the other  ◄─┘
//	   ▼
//	Journal           what happened, as it happens: RUNDIR/journal.jsonl, and each
//	   │              program's output beside it
//	   │ Judge        pure: the same file and journal give the same verdicts
//	   ▼
//	Verdicts          per step: holds or not; what was wanted, what was got, and why
//
// Doing and judging are apart, so that a recorded run can be judged again with nothing
// running (ReadRun). The one place where a run looks at verdicts is `retry`.
//
// # Verbs
//
// A step has exactly one verb. Each verb is one file named by the word that the user
// types (run.go, exec.go, …) and one line in the table of verbs.go. It holds how its keys
// are read, what fields its result has, and what it does.
//
// # Expressions
//
// `expect: routed.ttl == same_lan.ttl - 1` is checked before anything starts, against the
// tables in which programs describe their results (nodes.Field): unknown names, and a
// duration compared with a percentage, are mistakes of the file. Parsing and evaluating
// is expr-lang's; units and dimensions are this package's.
//
// # What it does not do
//
// It makes no networks (topology.Driver does), and prints nothing (package report does).
package scenario
