#!/usr/bin/env bash
# The first process of the cluster's own process, mount and network namespaces.
# When it ends, for whatever reason, the kernel kills everything else in there
# and undoes every mount and network device: nothing can be left over.
set -euo pipefail

LIB=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=lib/common.sh
source "$LIB/common.sh"
KUBE_DIR=$1
declare -A PIDS

# Before our own /proc is mounted, /proc/self still carries the id that the machine knows us by.
record_holder() {
  local -a stat
  read -ra stat </proc/self/stat
  echo "${stat[0]} ${stat[21]}" >"$HOLDER_FILE.part"
  mv "$HOLDER_FILE.part" "$HOLDER_FILE"
}

# Containerd, runc, the kubelet and CNI write to fixed places below /run, /var/lib
# and /var/log. In here these are the cluster's own.
own_files() {
  mkdir -p "$STATE"/{bin,log,kubelet,volume-plugins}
  mount --bind "$KUBE_DIR" "$STATE/bin"
  mount --rbind "$STATE" /mnt
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir "$INSIDE" /run/lock
  mount --move /mnt "$INSIDE"
  mount -t tmpfs -o mode=755 tmpfs /var/lib
  mount --bind "$INSIDE/log" /var/log
  mount -t proc proc /proc
  cd /
}

# There is no way out. The kubelet still wants an address and a default route: a
# pair of virtual devices, both ends in here, gives it both.
own_network() {
  ip link set lo up
  ip link add node0 type veth peer name node1
  ip link set node0 up
  ip link set node1 up
  ip address add "$NODE_ADDRESS/32" dev node0
  ip route add default dev node0
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

start() {
  local name=$1
  shift
  "$@" >"$INSIDE/log/$name.log" 2>&1 </dev/null &
  PIDS[$name]=$!
}

kube() { start "$1" "$INSIDE/bin/kube" "$@"; }

start_stores() {
  start containerd containerd --config "$INSIDE/etc/containerd.toml"
  # No fsync: a cluster that crashed is thrown away.
  kube etcd --data-dir "$INSIDE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380
}

start_apiserver() {
  kube kube-apiserver --etcd-servers http://127.0.0.1:2379 \
    --advertise-address "$NODE_ADDRESS" --secure-port 6443 \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged \
    --service-cluster-ip-range "$SERVICE_RANGE" --client-ca-file "$INSIDE/pki/ca.crt" \
    --tls-cert-file "$INSIDE/pki/apiserver.crt" --tls-private-key-file "$INSIDE/pki/apiserver.key" \
    --kubelet-certificate-authority "$INSIDE/pki/ca.crt" \
    --kubelet-client-certificate "$INSIDE/pki/apiserver-kubelet-client.crt" \
    --kubelet-client-key "$INSIDE/pki/apiserver-kubelet-client.key" \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$INSIDE/pki/service-accounts.pub" \
    --service-account-signing-key-file "$INSIDE/pki/service-accounts.key"
}

# The controller manager gives up when the API server takes too long, so wait for it.
wait_for_apiserver() {
  until "$INSIDE/bin/kube" kubectl --kubeconfig "$INSIDE/kubeconfig" get --raw /readyz &>/dev/null; do
    kill -0 "${PIDS[kube-apiserver]}" "${PIDS[etcd]}" || return 1
    sleep 0.1
  done
}

start_controllers() {
  kube kube-controller-manager --kubeconfig "$INSIDE/etc/controller-manager.kubeconfig" --leader-elect=false \
    --root-ca-file "$INSIDE/pki/ca.crt" --service-account-private-key-file "$INSIDE/pki/service-accounts.key" \
    --cluster-signing-cert-file "$INSIDE/pki/ca.crt" --cluster-signing-key-file "$INSIDE/pki/ca.key" \
    --flex-volume-plugin-dir "$INSIDE/volume-plugins" --use-service-account-credentials
  kube kube-scheduler --kubeconfig "$INSIDE/etc/scheduler.kubeconfig" --leader-elect=false
}

start_node() {
  kube kubelet --config "$INSIDE/etc/kubelet.yaml" --kubeconfig "$INSIDE/etc/kubelet.kubeconfig" \
    --root-dir "$INSIDE/kubelet" --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS"
  kube kube-proxy --config "$INSIDE/etc/proxy.yaml"
}

# One process gone is the cluster gone: a test fails at once, and says why, rather than somewhere later.
watch() {
  local ended code=0 name
  wait -n -p ended "${PIDS[@]}" || code=$?
  for name in "${!PIDS[@]}"; do
    [[ ${PIDS[$name]} != "$ended" ]] || echo "$name ended with code $code" | tee "$INSIDE/ended"
  done
}

record_holder
own_files
own_network
start_stores
start_apiserver
wait_for_apiserver && start_controllers && start_node
watch
