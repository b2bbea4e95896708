package agent

// Mark is the environment variable by which `netsim agent stop` finds a program that
// something other than the agent has started in its PID namespace.
const Mark = "NETSIM_MARK"
