package content

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"
	"testing/iotest"
)

// The golden sums keep the content of files the same across versions of netsim and of Go.
func TestReaderIsFixed(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		size int64
		want string
	}{
		{0, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{1, 1000, "97b4d4c5e4564209e91067be26136373f17bde4954de0567512f80d59409d13c"},
		{3, 1 << 20, "361c9bce88871bcf20581afba9876a862bfe1a363033737ae5574b7e5b2b8ac9"},
	} {
		h := sha256.New()
		n, err := io.Copy(h, Reader(c.seed, c.size))
		if err != nil || n != c.size {
			t.Fatalf("seed %d: %d bytes, %v", c.seed, n, err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != c.want {
			t.Errorf("seed %d, %d bytes: sha256 %s, want %s", c.seed, c.size, got, c.want)
		}
	}
}

func TestReaderDoesNotDependOnHowItIsRead(t *testing.T) {
	const size = 4099
	whole, _ := io.ReadAll(Reader(7, size))
	if err := iotest.TestReader(Reader(7, size), whole); err != nil {
		t.Error(err)
	}
	byByte, _ := io.ReadAll(iotest.OneByteReader(Reader(7, size)))
	if !bytes.Equal(whole, byByte) {
		t.Error("reading byte by byte gives other content")
	}
	longer, _ := io.ReadAll(Reader(7, 2*size))
	if !bytes.HasPrefix(longer, whole) {
		t.Error("content is not a prefix of longer content of the same seed")
	}
	other, _ := io.ReadAll(Reader(8, size))
	if bytes.Equal(whole, other) {
		t.Error("two seeds give the same content")
	}
}
