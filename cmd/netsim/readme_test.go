package main

import (
	"os"
	"strings"
	"testing"

	"netsim/scenarios"
	"netsim/scenarios/scenario"
)

// The scenarios that the README shows are scenarios, and the first is the shipped one but for its
// words.
func TestReadmeShowsScenarios(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) != 3 {
		t.Fatalf("%d blocks", len(blocks))
	}
	var files []*scenario.File
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		f, err := scenario.Parse("README.md", []byte(b), programs())
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	shipped, _ := scenarios.Read("lan-vs-routed")
	want, err := scenario.Parse("lan-vs-routed", shipped, programs())
	if err != nil {
		t.Fatal(err)
	}
	if got := outline(files[0]); got != outline(want) {
		t.Errorf("the README has\n%s\nthe file has\n%s", got, outline(want))
	}
}

// outline is the names and expectations of a scenario's steps.
func outline(f *scenario.File) string {
	var b strings.Builder
	for _, s := range f.Steps {
		b.WriteString(s.Name + "\n")
		for _, x := range s.Expect {
			b.WriteString("  " + x.Text + "\n")
		}
	}
	return b.String()
}
