# shellcheck shell=bash
# Kubernetes and CoreDNS come as source from the Go module proxy, and are built once.

kube_dir() {
  # The link flags are made from the version, so it is part of the key.
  printf '%s/bin/kube-%s-%s\n' "$CACHE" "$KUBERNETES_VERSION" \
    "$(hash_of "$HERE"/kube/{go.mod,go.sum,main.go})"
}

coredns_dir() { printf '%s/bin/coredns-%s\n' "$CACHE" "$COREDNS_VERSION"; }

build_binaries() {
  build_kube
  build_coredns
}

# Builds go to a name of their own and are moved into place whole, so that a
# build that was interrupted is never taken for a finished one.
build_kube() {
  local dir minor version=k8s.io/component-base/version
  dir=$(kube_dir)
  [[ ! -x $dir/kube ]] || return 0
  log "building Kubernetes $KUBERNETES_VERSION (six minutes the first time)"
  minor=${KUBERNETES_VERSION#v1.}
  mkdir -p "$dir.part"
  # Without the version flags the API server calls itself v0.0.0.
  (cd "$HERE/kube" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$dir.part/kube" -ldflags "-s -w \
    -X $version.gitVersion=$KUBERNETES_VERSION -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*}" .) >&2
  # The binary does what its name says: tests find kubectl in PATH.
  ln -sf kube "$dir.part/kubectl"
  mv -T "$dir.part" "$dir"
}

build_coredns() {
  local dir
  dir=$(coredns_dir)
  [[ ! -x $dir/coredns ]] || return 0
  log "building CoreDNS $COREDNS_VERSION (two minutes the first time)"
  GOBIN=$dir.part CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' \
    "github.com/coredns/coredns@$COREDNS_VERSION" >&2
  mv -T "$dir.part" "$dir"
}
