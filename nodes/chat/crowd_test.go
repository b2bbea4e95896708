package chat_test

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd is many members, each with a socket and a reader of its own. What member i says
// for the n-th time is "i : n WHEN".
type crowd struct {
	t       testing.TB
	members []*counted
	readers sync.WaitGroup
}

// counted is a member that counts what it hears.
type counted struct {
	net.Conn
	mu      sync.Mutex
	next    []int // by member, what it says next
	heard   int
	wrong   []string
	delays  []time.Duration
	changed chan struct{}
}

// gather makes a crowd in a room; entered, unless nil, waits until the room knows of one more.
func gather(t testing.TB, port string, size int, entered func()) *crowd {
	t.Helper()
	c := &crowd{t: t}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for i := range size {
		local := &net.UDPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}
		conn, err := net.DialUDP("udp4", local, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: number})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetReadBuffer(1 << 20)
		c.members = append(c.members, &counted{Conn: conn, next: make([]int, size), changed: make(chan struct{}, 1)})
		if _, err := conn.Write(strconv.AppendInt(nil, int64(i), 10)); err != nil {
			t.Fatal(err)
		}
		if entered != nil {
			entered()
		}
	}
	for _, m := range c.members {
		c.readers.Go(m.read)
	}
	t.Cleanup(c.close)
	return c
}

func (c *crowd) close() {
	for _, m := range c.members {
		m.Close()
	}
	c.readers.Wait()
}

func (m *counted) read() {
	b := make([]byte, 2048)
	for {
		n, err := m.Read(b)
		if err != nil {
			return
		}
		if text := string(b[:n]); strings.Contains(text, " : ") {
			m.take(text)
		}
	}
}

func (m *counted) take(text string) {
	var who, what int
	var when int64
	_, err := fmt.Sscanf(text, "%d : %d %d", &who, &what, &when)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || m.next[who] != what {
		m.wrong = append(m.wrong, text)
		return
	}
	m.next[who]++
	m.heard++
	m.delays = append(m.delays, time.Duration(time.Now().UnixNano()-when))
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// says makes member i say its n-th message.
func (c *crowd) says(i, n int) {
	if _, err := fmt.Fprintf(c.members[i], "%d : %d %d", i, n, time.Now().UnixNano()); err != nil {
		c.t.Fatal(err)
	}
}

// settle waits until member i has heard so many messages, or hears nothing any more.
func (c *crowd) settle(i, want int) int {
	m := c.members[i]
	for {
		m.mu.Lock()
		heard := m.heard
		m.mu.Unlock()
		if heard >= want {
			return heard
		}
		select {
		case <-m.changed:
		case <-time.After(3 * time.Second):
			return heard
		}
	}
}

// percentile is of all delays that the members from the first one on have noted.
func (c *crowd) percentile(part float64, from int) time.Duration {
	var all []time.Duration
	for _, m := range c.members[from:] {
		m.mu.Lock()
		all = append(all, m.delays...)
		m.delays = nil
		m.mu.Unlock()
	}
	slices.Sort(all)
	return all[int(part*float64(len(all)-1))]
}

// 200 members; one says 1,000 messages to all others, and then the others say 1,000 in all. Each
// hears all of them, each once, each sender's in their order.
func TestManyMembers(t *testing.T) {
	const size, count = 200, 1000
	room := serve(t)
	c := gather(t, room.Text("port"), size, func() { room.Await("joined") })
	for n := range count {
		c.says(0, n)
		c.settle(1+n%(size-1), n+1) // as fast as one of them hears it
	}
	for n := range count {
		i := 1 + n%(size-1)
		c.says(i, n/(size-1))
		if n%10 == 9 {
			c.settle(0, n-10)
		}
	}
	said := func(i int) int { return count/(size-1) + max(0, min(1, count%(size-1)-(i-1))) }
	for i := range size {
		want := count
		if i > 0 {
			want = 2*count - said(i)
		}
		if got := c.settle(i, want); got != want {
			t.Errorf("member %d heard %d messages, want %d", i, got, want)
		}
		if w := c.members[i].wrong; len(w) > 0 {
			t.Errorf("member %d heard twice, or not in order: %q", i, w[:min(5, len(w))])
		}
	}
	if o := room.Stop(); o.Number("messages") != 2*count || o.Number("most") != size {
		t.Errorf("got %v", o.Result)
	}
}
