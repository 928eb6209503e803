# shellcheck shell=bash
# Configuration files, as the processes inside the namespaces see them (paths under INSIDE).

write_configs() {
  mkdir -p "$STATE/etc/cni"
  write_containerd_config >"$STATE/etc/containerd.toml"
  write_cni_config >"$STATE/etc/cni/10-pods.conflist"
  write_kubelet_config >"$STATE/etc/kubelet.yaml"
  write_proxy_config >"$STATE/etc/proxy.yaml"
  # Pods that ask for the node's DNS get a resolver that knows nothing.
  echo 'nameserver 127.0.0.1' >"$STATE/etc/resolv.conf"
  make_kubeconfig admin "$KUBECONFIG_FILE"
  local user
  for user in controller-manager scheduler proxy kubelet; do
    make_kubeconfig "$user" "$STATE/etc/$user.kubeconfig"
  done
}

# restrict_oom_score_adj: roots without CAP_SYS_RESOURCE may not lower the
# score, and every sandbox fails in runc if containerd tries.
write_containerd_config() {
  cat <<TOML
version = 2
root = "$INSIDE/containerd"
state = "$INSIDE/containerd-state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$INSIDE/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "mcpk.test/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_BIN"
    conf_dir = "$INSIDE/etc/cni"
TOML
}

# "ptp", not "bridge": each pod is routed by itself, so the answers of a Service
# pass through the node's NAT rules also where the kernel has no br_netfilter.
write_cni_config() {
  cat <<JSON
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    { "type": "ptp", "ipMasq": false,
      "ipam": { "type": "host-local", "dataDir": "$INSIDE/ipam", "routes": [{ "dst": "0.0.0.0/0" }],
                "ranges": [[{ "subnet": "$POD_RANGE" }]] } },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
JSON
}

# Nothing is ever evicted or collected: images cannot be pulled a second time here.
write_kubelet_config() {
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$INSIDE/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
clusterDomain: cluster.local
clusterDNS: ["$DNS_ADDRESS"]
resolvConf: $INSIDE/etc/resolv.conf
podLogsDir: $INSIDE/log/pods
volumePluginDir: $INSIDE/volume-plugins
authentication:
  anonymous: { enabled: false }
  webhook: { enabled: true }
  x509: { clientCAFile: $INSIDE/pki/ca.crt }
authorization: { mode: Webhook }
tlsCertFile: $INSIDE/pki/kubelet.crt
tlsPrivateKeyFile: $INSIDE/pki/kubelet.key
evictionHard: { memory.available: "1Mi", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%" }
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
maxPods: 200
nodeStatusUpdateFrequency: 5s
YAML
}

write_proxy_config() {
  cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: { kubeconfig: $INSIDE/etc/proxy.kubeconfig }
hostnameOverride: $NODE_NAME
clusterCIDR: $POD_RANGE
oomScoreAdj: 0
iptables: { minSyncPeriod: 100ms }
conntrack: { maxPerCore: 0, min: 0 }
YAML
}
