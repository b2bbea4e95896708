package docker

import (
	"archive/tar"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
)

//go:embed Dockerfile
var dockerfile string

// imageName is the image of all nodes: netsim:TAG, where the tag is the executable's.
const imageName = "netsim"

// ensureImage builds the image unless there is one of the same executable.
func (e *engine) ensureImage(ctx context.Context, file string) (ref string, err error) {
	x, err := readExecutable(file)
	if err != nil {
		return "", err
	}
	ref = imageName + ":" + x.tag
	_, err = e.api.ImageInspect(ctx, ref)
	if err == nil || !errdefs.IsNotFound(err) {
		return ref, err
	}
	archive, err := x.buildContext()
	if err != nil {
		return "", fmt.Errorf("image %s: %w", ref, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if _, err := e.provider.BuildImage(ctx, &imageBuild{ref, x.tag, archive}); err != nil {
		return "", fmt.Errorf("image %s: %w", ref, err)
	}
	e.removeOldImages(ctx, ref)
	return ref, nil
}

// buildContext is a tar archive with the Dockerfile, and below image/ the executable
// and its libraries.
func (x *executable) buildContext() ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := addBytes(w, "Dockerfile", []byte(dockerfile)); err != nil {
		return nil, err
	}
	if err := addFile(w, "image/netsim", x.path); err != nil {
		return nil, err
	}
	for at, file := range x.libraries {
		if err := addFile(w, "image"+at, file); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}

func addFile(w *tar.Writer, name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return addBytes(w, name, content)
}

func addBytes(w *tar.Writer, name string, content []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// imageBuild is what testcontainers-go asks of who wants an image built. Its own
// request would hand the user's registry credentials to the engine, which has no
// use for them: nothing is pulled.
type imageBuild struct {
	ref, tag string
	archive  []byte
}

func (b *imageBuild) BuildOptions() (client.ImageBuildOptions, error) {
	return client.ImageBuildOptions{
		Context:     bytes.NewReader(b.archive),
		Dockerfile:  "Dockerfile",
		Tags:        []string{b.ref},
		Labels:      map[string]string{labelImage: b.tag},
		Remove:      true,
		ForceRemove: true,
	}, nil
}

func (b *imageBuild) GetContext() (io.Reader, error)                 { return bytes.NewReader(b.archive), nil }
func (b *imageBuild) GetDockerfile() string                          { return "Dockerfile" }
func (b *imageBuild) GetRepo() string                                { return imageName }
func (b *imageBuild) GetTag() string                                 { return b.tag }
func (b *imageBuild) BuildLogWriter() io.Writer                      { return io.Discard }
func (b *imageBuild) ShouldBuildImage() bool                         { return true }
func (b *imageBuild) GetBuildArgs() map[string]*string               { return nil }
func (b *imageBuild) GetAuthConfigs() map[string]registry.AuthConfig { return nil }

// What is kept of the images of earlier executables: every build of netsim makes another.
const (
	keptImages = 3                // the newest
	youngImage = 10 * time.Minute // and those whose run may not have made a container yet
)

// removeOldImages removes images with our label and name that are neither new nor in
// use: the engine refuses to remove the image of a container, without force. What
// cannot be removed stays.
func (e *engine) removeOldImages(ctx context.Context, current string) {
	list, err := e.api.ImageList(ctx, client.ImageListOptions{Filters: client.Filters{}.Add("label", labelImage)})
	if err != nil {
		return
	}
	for _, id := range oldImages(list.Items, current, time.Now()) {
		_, _ = e.api.ImageRemove(ctx, id, client.ImageRemoveOptions{PruneChildren: true})
	}
}

// oldImages are the IDs, or the names where there is one, of the images to remove.
func oldImages(all []image.Summary, current string, now time.Time) []string {
	slices.SortFunc(all, func(a, b image.Summary) int { return int(b.Created - a.Created) })
	var old []string
	for i, s := range all {
		name := ownImage(s)
		if i < keptImages || name == "" || name == current || now.Sub(time.Unix(s.Created, 0)) < youngImage {
			continue
		}
		old = append(old, name)
	}
	return old
}

// ownImage is the name of an image of ours, its ID where the name went to a newer one, and
// "" where somebody gave it another name as well.
func ownImage(s image.Summary) string {
	names := slices.DeleteFunc(slices.Clone(s.RepoTags), func(n string) bool { return n == "<none>:<none>" })
	switch {
	case len(names) == 0:
		return s.ID
	case len(names) == 1 && names[0] == imageName+":"+s.Labels[labelImage]:
		return names[0]
	}
	return ""
}
