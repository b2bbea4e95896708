package web

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"netsim/nodes"
)

// download is one run of `web get`.
type download struct {
	url    *url.URL
	want   string // SHA-256, or ""
	resume bool
	most   int64
	stop   int64 // leave after so many bytes, if
	stops  bool
	client *http.Client

	to     *part
	status int
	offset int64 // where the body of the answer begins
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}

// open finds where the content goes to: "" for nowhere.
func (d *download) open(out string, overwrite bool) (err error) {
	if out == "" {
		d.to = newHash()
		return nil
	}
	d.to, err = openPart(out, overwrite)
	return err
}

// run gets the content, from where it was left if that may be.
func (d *download) run(ctx context.Context) error {
	if d.resume {
		var err error
		if d.offset, err = d.to.resume(d.url.String()); err != nil {
			return err
		}
	}
	r, err := d.ask(ctx)
	if err == nil && r.StatusCode == http.StatusRequestedRangeNotSatisfiable && d.offset > 0 {
		r.Body.Close() // the file is shorter now
		d.offset = 0
		r, err = d.ask(ctx)
	}
	if err != nil {
		return err
	}
	defer r.Body.Close()
	d.status = r.StatusCode
	if err := d.place(r); err != nil {
		return err
	}
	return d.take(r.Body)
}

func (d *download) ask(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "netsim")
	if d.offset > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.offset))
		r.Header.Set("If-Range", d.to.origin.validator())
	}
	return d.client.Do(r)
}

// place makes the part ready for the answer's body: at its end for the rest of the same content, else
// at the start.
func (d *download) place(r *http.Response) error {
	switch {
	case r.StatusCode == http.StatusPartialContent && d.offset > 0:
		size, err := d.to.origin.continuedBy(r.Header, d.offset)
		d.to.origin.Size = size
		return err
	case r.StatusCode != http.StatusOK:
		return refusal(r)
	case r.ContentLength > d.most:
		return d.tooLarge()
	}
	d.offset = 0
	return d.to.begin(originOf(d.url.String(), r))
}

// refusal is what a status other than success means.
func refusal(r *http.Response) error {
	word := nodes.Failed
	switch r.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		word = nodes.NotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		word = nodes.Denied
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		word = nodes.Refused
	case http.StatusPartialContent:
		word = nodes.Corrupted // nobody has asked for a part
	}
	return nodes.Failf(word, "the server answers %d %s", r.StatusCode, http.StatusText(r.StatusCode))
}

func (d *download) tooLarge() error {
	return nodes.Failf(nodes.TooBig, "the file has more than %s, the most that --max allows", nodes.FormatSize(d.most))
}

// take writes the body. net/http has seen to it that it is as long as its header says.
func (d *download) take(body io.Reader) error {
	room := d.most - d.to.size
	if d.stops {
		room = min(room, d.stop)
	}
	n, err := io.Copy(d.to, io.LimitReader(body, room))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nodes.Failf(nodes.Truncated, "the connection ended after %s", nodes.FormatSize(d.to.size))
	case err != nil || n < room || ended(body):
		return err
	case d.stops && n == d.stop:
		return nodes.Failf(nodes.Truncated, "left after %s, as --stop-after says", nodes.FormatSize(n))
	}
	return d.tooLarge()
}

func ended(body io.Reader) bool {
	n, err := body.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, io.EOF)
}

// keep makes the file of a part that is complete. One that is wrong is thrown away, for going on from it
// would never be right.
func (d *download) keep() error {
	if size := d.to.origin.Size; size >= 0 && d.to.size != size {
		return errors.Join(nodes.Failf(nodes.Corrupted, "%d bytes have come, not %d", d.to.size, size), d.to.discard())
	}
	if d.want != "" && !strings.EqualFold(d.want, d.to.sum()) {
		return errors.Join(nodes.Failf(nodes.Corrupted, "the content has the SHA-256 %s", d.to.sum()), d.to.discard())
	}
	return d.to.finish()
}
