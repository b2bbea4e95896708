package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completions are the scripts by shell. Each asks netsim itself what may follow.
var completions = map[string]string{
	"bash": `_netsim() {
  local words
  words=$("${COMP_WORDS[@]:0:$COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[$COMP_CWORD]}"))
  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "${COMP_WORDS[$COMP_CWORD]}")); fi
}
complete -F _netsim netsim
`,
	"zsh": `#compdef netsim
_netsim() {
  local -a words
  words=("${(@f)$(${words[@]:0:#words[@]-1} --generate-bash-completion 2>/dev/null)}")
  _describe netsim words || _files
}
compdef _netsim netsim
`,
	"fish": `complete -c netsim -a '(eval (commandline -opc) --generate-bash-completion 2>/dev/null)'
`,
}

func completionCommand(t terminal) *cli.Command {
	return &cli.Command{
		Name:         "completion",
		Usage:        "print a shell completion script",
		ArgsUsage:    "bash|zsh|fish",
		Description:  "source <(netsim completion bash)",
		BashComplete: func(*cli.Context) { fmt.Fprintln(t.out, strings.Join(shells(), "\n")) },
		Action: func(c *cli.Context) error {
			script, ok := completions[c.Args().First()]
			if !ok {
				return &status{wrongInput, fmt.Errorf("completion: no script for shell %q\n  %s", c.Args().First(), suggest(c.Args().First(), shells()))}
			}
			_, err := fmt.Fprint(t.out, script)
			return err
		},
	}
}

func shells() []string {
	var names []string
	for name := range completions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
