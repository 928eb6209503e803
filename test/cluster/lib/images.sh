# shellcheck shell=bash
# Images are built by images/builder (Node.js) and handed to containerd as docker archives.

# build_images all|--system|NAME...: builds what is not cached, prints each archive's path.
build_images() {
  mkdir -p "$CACHE"
  node "$HERE/images/builder/build.mjs" "$CACHE" "$(coredns_dir)" "$@"
}

# import_images all|--system|NAME|PATH...
import_images() {
  local image archives code=0
  for image in "$@"; do
    if [[ -f $image ]]; then
      archives=$image
    else
      archives=$(build_images "$image") || code=1
    fi
    while read -r archive; do [[ -z $archive ]] || import_archive "$archive"; done <<<"$archives"
  done
  return "$code"
}

# By stdin: the cluster's mount namespace hides some of the machine's folders.
import_archive() {
  local said
  said=$(inside ctr --address "$INSIDE/containerd.sock" --namespace k8s.io images import - <"$1" 2>&1) ||
    die 1 "importing $1 failed: $said"
  log "imported $(basename "$1")"
}

cluster_load() {
  [[ $# -gt 0 ]] || die 2 'load: say which images, as in "cluster load all"'
  holder >/dev/null || die 3 'the cluster is down: cluster up'
  import_images "$@"
}
