package topology

// Unavailable is the error of a driver that cannot work on this machine.
type Unavailable struct {
	Reason string // what is missing: "no Docker engine answers at unix:///var/run/docker.sock"
	Hint   string // the command that mends it; may be empty
	Absent bool   // there is nothing here that could have networks: no engine was installed, or named
}

func (u *Unavailable) Error() string { return u.Reason }
