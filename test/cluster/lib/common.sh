# shellcheck shell=bash
# Names, addresses and paths that the other files share.
# shellcheck disable=SC2034  # they use them

KUBERNETES_VERSION=v1.35.4
COREDNS_VERSION=v1.14.1

# The cluster has a network namespace of its own, so its addresses need only not overlap each other.
NODE_NAME=mcpk-node
NODE_ADDRESS=10.10.0.2
SERVICE_RANGE=10.96.0.0/16
FIRST_SERVICE_ADDRESS=10.96.0.1
DNS_ADDRESS=10.96.0.10
POD_RANGE=10.244.0.0/24

# What may be thrown away and built again, and what lives as long as the cluster.
CACHE=${MCPK_CLUSTER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mcpk/cluster}
STATE=${MCPK_CLUSTER_STATE:-/var/lib/mcpk-cluster}

# Where the cluster's own mount namespace shows STATE: short, because the paths
# of Unix sockets are limited to 108 characters.
INSIDE=/run/mcpk

# Another STATE is another cluster, which may run at the same time.
CGROUP=mcpk-cluster
[[ $STATE == /var/lib/mcpk-cluster ]] || CGROUP=mcpk-cluster-$(cksum <<<"$STATE" | cut -d' ' -f1)
KUBECONFIG_FILE=$STATE/kubeconfig
# The process whose end is the end of the cluster: its id and its start time.
HOLDER_FILE=$STATE/holder

log() { printf '%s\n' "cluster: $*" >&2; }

die() {
  local code=$1
  shift
  log "$*"
  exit "$code"
}

# One command at a time may build or start. A folder can be locked, so no lock file stays behind.
lock() {
  mkdir -p "$CACHE"
  exec {LOCK_FD}<"$CACHE"
  flock --nonblock "$LOCK_FD" && return
  log 'waiting for another "cluster" command to end'
  flock "$LOCK_FD"
}

# hash_of FILE...: a short name for their contents.
hash_of() { cat -- "$@" | sha256sum | cut -c1-16; }
