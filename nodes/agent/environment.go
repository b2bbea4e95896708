package agent

// Unbuffered has Python write what a program prints when it prints it: a step that
// waits for a server's text would wait for ever otherwise.
const Unbuffered = "PYTHONUNBUFFERED=1"

// Mark is the environment variable by which `netsim agent stop` finds a program that
// something other than the agent has started in its PID namespace.
const Mark = "NETSIM_MARK"
