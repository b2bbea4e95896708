package native

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"netsim/topology"
)

func TestDiagnosisNamesTheSwitchAndTheCommand(t *testing.T) {
	for _, s := range switches {
		root := t.TempDir()
		file := filepath.Join(root, s.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(s.off+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var got *topology.Unavailable
		if err := diagnose(errors.New("operation not permitted"), root); !errors.As(err, &got) {
			t.Fatalf("%s: %v", s.file, err)
		}
		if want := s.reason + ": operation not permitted"; got.Reason != want || got.Hint != s.hint {
			t.Errorf("%s: got %q, %q", s.file, got.Reason, got.Hint)
		}
	}
}
