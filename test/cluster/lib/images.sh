# shellcheck shell=bash
# Images are built by images/builder (Node.js) and handed to containerd.

build_images() {
  mkdir -p "$CACHE"
  node "$HERE/images/builder/build.mjs" "$@"
}

# archive_images all|--system|NAME...: builds what is not cached, prints each docker archive's path.
archive_images() { build_images "$CACHE" "$(coredns_dir)" "$@"; }

# import_images all|--system|NAME...: builds and imports them. All go in one stream,
# without the layers that containerd has: writing them again is what would take time.
import_images() {
  local present
  present=$(containerd_client content ls --quiet | paste -sd,)
  build_images --oci "$present" "$CACHE" "$(coredns_dir)" "$@" | import_stream
}

containerd_client() { inside ctr --address "$INSIDE/containerd.sock" --namespace k8s.io "$@"; }

# By stdin: the cluster's mount namespace hides some of the machine's folders.
import_stream() {
  local said
  if ! said=$(containerd_client images import - 2>&1); then
    log "containerd refused: $said"
    return 1
  fi
  sed -n 's/^unpacking \([^ ]*\).*/cluster: imported \1/p' <<<"$said" >&2
}

cluster_load() {
  local image code=0
  local -a names=()
  [[ $# -gt 0 ]] || die 2 'load: say which images, as in "cluster load all"'
  holder >/dev/null || die 3 'the cluster is down: cluster up'
  lock
  for image in "$@"; do
    if [[ -f $image ]]; then
      import_stream <"$image" || code=1
    elif [[ $image == all || -e $HERE/images/$image/recipe.mjs ]]; then
      names+=("$image")
    else
      die 2 "load: \"$image\" is neither a file nor a folder with a recipe in $HERE/images"
    fi
  done
  [[ ${#names[@]} -eq 0 ]] || import_images "${names[@]}" || code=1
  return "$code"
}
