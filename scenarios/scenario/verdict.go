package scenario

// Outcome is what is judged of a step.
type Outcome string

const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	Warned Outcome = "warning" // failed, at `level: warning`
)

// Verdict is what is judged of one step.
type Verdict struct {
	Step     string    `json:"step"` // Step.ID
	Name     string    `json:"name"`
	Verb     string    `json:"verb"`
	Position           // of the verb's value
	Outcome  Outcome   `json:"outcome"`
	Seconds  float64   `json:"seconds"`
	Attempts int       `json:"attempts,omitempty"` // above one with `retry`
	Failures []Failure `json:"failures,omitempty"`
	Table    *Table    `json:"table,omitempty"`  // of compare
	Steps    Verdicts  `json:"steps,omitempty"`  // of parallel
	Stderr   []string  `json:"stderr,omitempty"` // the last lines that the program wrote
	Files    []string  `json:"files,omitempty"`  // its output, in the run's folder
	NotRun   bool      `json:"notRun,omitempty"` // the run ended before it
}

// Failure is one thing that does not hold, with what a person needs to see why.
type Failure struct {
	File     string   `json:"file"`
	Position          // of the expectation
	Source   string   `json:"source"` // that line of the file
	Want     string   `json:"want"`
	Got      string   `json:"got"`
	Why      []string `json:"why,omitempty"`
}

// Table is results side by side: one column each, one row for each field that is not a
// list.
type Table struct {
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Row is one field of a Table; Values are in the order of the columns, "" where a
// result does not have the field.
type Row struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`
}

// Verdicts are those of a whole run, in file order.
type Verdicts []Verdict

// Hold says whether none failed; warnings do not count.
func (vs Verdicts) Hold() bool { return vs.Count(Failed) == 0 }

// Count is how many have an outcome.
func (vs Verdicts) Count(o Outcome) int {
	n := 0
	for _, v := range vs {
		if v.Outcome == o {
			n++
		}
	}
	return n
}
