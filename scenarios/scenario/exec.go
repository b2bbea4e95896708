package scenario

// `exec: [argv]` with `on: NODE` runs any program that the node has, without a shell. From
// there on it is as `run`; the result is exit, stdout and stderr.
func readExec(s *stepReader) action {
	node := s.on()
	return s.foregroundCommand(s.argvCommand(node, s.value))
}
