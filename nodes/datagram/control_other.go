//go:build !linux

package datagram

func (s *Socket) watch() error { return nil }

func (o *Origin) read([]byte) {}

func (o Origin) source() []byte { return nil }
