package native

import (
	"slices"
	"strings"
)

// Of the user's environment nodes get what programs need to run as they do outside. The
// rest says where the user's services are, and the keys to them.
var (
	inheritedNames    = []string{"PATH", "LANG", "LANGUAGE", "TERM", "TZ", "USER", "LOGNAME", "SHELL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "JAVA_HOME"}
	inheritedPrefixes = []string{"LC_", "PYTHON", "CONDA_", "NIX_"}
)

func inherited(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		return !slices.Contains(inheritedNames, name) && !slices.ContainsFunc(inheritedPrefixes, begins)
	})
}
