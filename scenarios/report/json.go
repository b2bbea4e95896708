package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// writeJSON is the format `json`: an object with one report for each scenario.
//
//	{"passed": true, "reports": [{"scenario": "lan-vs-routed", "verdicts": […]}]}
func writeJSON(w io.Writer, reports []Report) error {
	whole := struct {
		Passed  bool     `json:"passed"`
		Reports []Report `json:"reports"`
	}{true, reports}
	for _, r := range reports {
		whole.Passed = whole.Passed && r.Passed()
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(whole); err != nil {
		return fmt.Errorf("the report as JSON: %w", err)
	}
	return nil
}
