package scenario

import (
	"fmt"
	"slices"
)

// tellsOf says whether the end of a background program may be what went wrong: it did not say
// that it worked.
func tellsOf(rec Record) bool { return rec.Exit == nil || rec.Exit.Code != 0 }

// endedWords is "server on bob has ended: exit status 1".
func endedWords(rec Record) string {
	how := rec.Problem
	switch {
	case rec.Exit != nil && rec.Exit.Signal != "":
		how = rec.Exit.Signal
	case rec.Exit != nil:
		how = fmt.Sprintf("exit status %d", rec.Exit.Code)
	}
	return fmt.Sprintf("%s on %s has ended: %s", rec.Name, rec.Node, how)
}

// Crashed are the background programs that ended by themselves, not well, and of whose end no
// step asks: in words.
func Crashed(file *File, records []Record) []string {
	asked := askedOf(file.Steps)
	var all []string
	for _, rec := range records {
		if rec.Kind == KindProcess && !rec.Stopped && tellsOf(rec) && !slices.Contains(asked, rec.Name) {
			all = append(all, endedWords(rec))
		}
	}
	return all
}

// askedOf are the background programs whose end a step awaits or causes.
func askedOf(steps []*Step) []string {
	var names []string
	for _, s := range steps {
		switch a := s.action.(type) {
		case *stop:
			names = append(names, a.name)
		case *await:
			names = append(names, a.name)
		}
		names = append(names, askedOf(s.Steps)...)
	}
	return names
}
