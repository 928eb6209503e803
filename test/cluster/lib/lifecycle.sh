# shellcheck shell=bash
# Start, stop, look, enter.
# shellcheck disable=SC2153  # STATE is set in common.sh

# holder: the id of the cluster's first process, if it still is that process.
# Ids are used again; id and start time together are not.
holder() {
  local pid start
  local -a stat
  [[ -r $HOLDER_FILE ]] || return 1
  read -r pid start <"$HOLDER_FILE"
  [[ -n $pid && -r /proc/$pid/stat ]] || return 1
  read -ra stat <"/proc/$pid/stat" 2>/dev/null || return 1
  [[ ${stat[21]} == "$start" && ${stat[2]} != Z ]] || return 1
  echo "$pid"
}

# inside CMD...: in all of the cluster's namespaces, to look after it.
inside() {
  local pid
  pid=$(holder) || return 1
  nsenter --target "$pid" --mount --net --pid -- "$@"
}

kubectl_inside() { inside "$INSIDE/bin/kube" kubectl --kubeconfig "$INSIDE/kubeconfig" "$@"; }

is_ready() {
  [[ $(kubectl_inside get node "$NODE_NAME" --output \
    'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]] &&
    [[ $(kubectl_inside --namespace kube-system get deployment coredns --output \
      'jsonpath={.status.readyReplicas}' 2>/dev/null) == 1 ]]
}

cluster_up() {
  [[ $# -eq 0 ]] || die 2 "up takes no arguments: $*"
  if is_ready; then
    log 'already up'
  else
    require_machine
    lock
    is_ready || settles || start_cluster
  fi
  printf '%s\n' "$KUBECONFIG_FILE"
}

# A cluster that was up and whose processes all live may be slow for a moment on
# a busy machine. Somebody's tests may be running on it, so it gets a minute.
settles() {
  local deadline=$((SECONDS + 60))
  [[ -e $STATE/was-up ]] || return 1
  while holder >/dev/null && ((SECONDS < deadline)); do
    ! is_ready || return 0
    sleep 1
  done
  return 1
}

start_cluster() {
  local began
  build_binaries
  archive_images --system >/dev/null
  remove_cluster
  began=$EPOCHREALTIME
  mkdir -p "$STATE/log"
  touch "$STATE/.mcpk-cluster"
  make_pki
  write_configs
  make_cgroups
  launch
  log 'starting'
  wait_until 60 'containerd answers' containerd_answers
  # While the images come in, the API server starts.
  import_images --system &
  wait_until 60 'the API server takes objects' add_dns
  wait "$!"
  wait_until 90 'the node and CoreDNS are ready' is_ready
  touch "$STATE/was-up"
  log "up after $(seconds_since "$began") s"
}

# Every stream is redirected and the lock is let go, or whoever called us would
# wait for the cluster's end. The caller's own cgroups are left for the same
# reason: a job runner ends what it finds in a job's cgroup.
launch() {
  (
    exec {LOCK_FD}<&-
    while read -r root; do echo "$BASHPID" >"$root/$CGROUP/system/cgroup.procs" || true; done < <(cgroup_roots)
    exec setsid unshare --net --mount --pid --fork --kill-child --propagation private -- \
      env "MCPK_CLUSTER_STATE=$STATE" bash "$HERE/lib/init.sh" "$(kube_dir)"
  ) >"$STATE/log/init.log" 2>&1 </dev/null &
  disown
}

add_dns() { kubectl_inside apply -f - <"$HERE/manifests/coredns.yaml" &>/dev/null; }

containerd_answers() { containerd_client version &>/dev/null; }

# wait_until SECONDS WHAT CMD...
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [[ ! -e $STATE/ended ]] || die 3 "$(<"$STATE/ended"); see $STATE/log"
    ((SECONDS < deadline)) || die 3 "gave up waiting until $what; see $STATE/log"
    sleep 0.2
  done
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

cluster_down() {
  [[ $EUID -eq 0 ]] || die 3 'this needs root'
  lock
  remove_cluster
  log down
}

# The first process takes all others of its process namespace with it, and is
# gone only when they are; their mounts and network go with the last of them.
remove_cluster() {
  local pid
  if pid=$(holder); then
    kill -KILL "$pid"
    while holder >/dev/null; do sleep 0.05; done
  fi
  remove_cgroups
  remove_state
}

remove_state() {
  [[ -e $STATE ]] || return 0
  [[ -e $STATE/.mcpk-cluster ]] || die 3 "$STATE was not made by this script; it is left alone"
  # Cannot happen, as the mounts are in a namespace of their own; but rm must never walk into one.
  ! grep -qF " $STATE/" /proc/self/mountinfo || die 3 "something is still mounted below $STATE"
  rm -rf --one-file-system "$STATE"
}

# One folder in every hierarchy of cgroup v1, or in the one of v2.
cgroup_roots() {
  local procs
  for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
    [[ -e $procs ]] || continue
    dirname "$procs"
    [[ $procs != /sys/fs/cgroup/cgroup.procs ]] || return 0
  done
}

make_cgroups() {
  local root part file
  while read -r root; do
    for part in "$CGROUP" "$CGROUP/system"; do
      mkdir -p "$root/$part"
      # A new cpuset of v1 is empty, and no process can enter an empty one.
      for file in cpuset.cpus cpuset.mems; do
        [[ ! -e $root/$part/$file || -e $root/cgroup.controllers ]] || cat "$root/$file" >"$root/$part/$file"
      done
    done
  done < <(cgroup_roots)
}

# A cgroup stays busy for a moment after its last process was killed.
remove_cgroups() {
  local root deadline=$((SECONDS + 10))
  while read -r root; do
    while [[ -d $root/$CGROUP ]] && ! find "$root/$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null; do
      ((SECONDS < deadline)) || die 3 "$root/$CGROUP still holds processes"
      sleep 0.05
    done
  done < <(cgroup_roots)
}

cluster_status() {
  local state=down code=1
  if is_ready; then
    state='up, node and CoreDNS ready' code=0
  elif holder >/dev/null; then
    state='not ready'
  elif [[ -e $STATE/ended ]]; then
    state="down: $(<"$STATE/ended")"
  fi
  printf 'cluster     %s\nkubernetes  %s\ncontainerd  %s\ncoredns     %s\nstate       %s\ncache       %s (%s)\n' \
    "$state" "$KUBERNETES_VERSION" "$(containerd --version 2>/dev/null | cut -d' ' -f3)" "$COREDNS_VERSION" \
    "$STATE" "$CACHE" "$(du -sh "$CACHE" 2>/dev/null | cut -f1)"
  [[ $code -ne 0 ]] || kubectl_inside get nodes
  return "$code"
}

# The network only: a test keeps the machine's files and sees its own processes.
cluster_exec() {
  local pid
  [[ ${1:-} != -- ]] || shift
  [[ $# -gt 0 ]] || die 2 'exec: say what to run, as in "cluster exec -- kubectl get pods"'
  pid=$(holder) || die 3 'the cluster is down: cluster up'
  PATH=$(kube_dir):$PATH
  export PATH KUBECONFIG=$KUBECONFIG_FILE MCPK_E2E_KUBECONFIG=$KUBECONFIG_FILE
  exec nsenter --target "$pid" --net -- "$@"
}
