package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"netsim/nodes"
)

// origin says which content a part is of.
type origin struct {
	URL      string `json:"url"`
	ETag     string `json:"etag"`     // "" when there is no strong one
	Modified string `json:"modified"` // Last-Modified; "" when it may have changed since within its second
	Size     int64  `json:"size"`     // of the whole content; -1 when it is not known
}

// originOf reads what an answer says of its content. Only what tells two contents apart is kept (RFC 9110,
// sections 8.8.2.2 and 13.1.5): not a weak ETag, and not a date that is younger than a second.
func originOf(url string, r *http.Response) origin {
	o := origin{URL: url, Size: r.ContentLength}
	if tag := r.Header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		o.ETag = tag
	}
	modified, err := http.ParseTime(r.Header.Get("Last-Modified"))
	now, dateErr := http.ParseTime(r.Header.Get("Date"))
	if err == nil && dateErr == nil && now.Sub(modified) >= time.Second {
		o.Modified = r.Header.Get("Last-Modified")
	}
	return o
}

// validator is what If-Range asks for; "" when it cannot be asked.
func (o origin) validator() string {
	if o.ETag != "" {
		return o.ETag
	}
	return o.Modified
}

// continuedBy holds an answer with a range against what was asked for: all from that offset on, of the same content.
// It returns the size of the whole: where neither answer says it, the rest goes to the end of the range.
func (o origin) continuedBy(h http.Header, offset int64) (size int64, err error) {
	first, last, size, err := parseContentRange(h.Get("Content-Range"))
	switch {
	case err != nil:
		return 0, err
	case first != offset || size >= 0 && last != size-1:
		return 0, nodes.Failf(nodes.Corrupted, "asked from byte %d on, the server sends %q", offset, h.Get("Content-Range"))
	case o.Size >= 0 && size >= 0 && size != o.Size, o.differs(h):
		return 0, nodes.Failf(nodes.Corrupted, "the server sends the rest of another content; get it without --resume")
	case o.Size >= 0:
		return o.Size, nil
	}
	return last + 1, nil
}

// differs says whether an answer is of another content by its own words: a server that does not know If-Range sends
// the rest of whatever it has now. An ETag decides; without one in both answers, the date does.
func (o origin) differs(h http.Header) bool {
	if tag := h.Get("ETag"); o.ETag != "" && tag != "" {
		return tag != o.ETag
	}
	modified := h.Get("Last-Modified")
	return o.Modified != "" && modified != "" && modified != o.Modified
}

// parseContentRange reads `bytes FIRST-LAST/SIZE`, where SIZE may be * (RFC 9110, section 14.4): then size is -1.
func parseContentRange(text string) (first, last, size int64, err error) {
	wrong := nodes.Failf(nodes.Corrupted, "not a range of content: %q", short(text))
	interval, whole, ok := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	from, to, ok2 := strings.Cut(interval, "-")
	if !ok || !ok2 || !strings.HasPrefix(text, "bytes ") {
		return 0, 0, 0, wrong
	}
	size = -1
	if whole != "*" {
		size, err = number(whole)
	}
	if err == nil {
		first, err = number(from)
	}
	if err == nil {
		last, err = number(to)
	}
	if err != nil || last < first || size >= 0 && last >= size {
		return 0, 0, 0, wrong
	}
	return first, last, size, nil
}

func number(digits string) (int64, error) {
	n, err := strconv.ParseUint(digits, 10, 63) // no sign
	return int64(n), err
}
