# shellcheck shell=bash
# What a machine must have. Everything that is missing is said at once, with its remedy.

# Debian keeps the standard CNI plugins here; CNI_BIN is for other systems.
CNI_BIN=${CNI_BIN:-/usr/lib/cni}

# program -> Debian package
declare -A PACKAGE_OF=(
  [containerd]=containerd [ctr]=containerd [containerd-shim-runc-v2]=containerd [runc]=runc
  [iptables]=iptables [conntrack]=conntrack [ip]=iproute2 [nsenter]=util-linux [unshare]=util-linux
  [flock]=util-linux [mount]=util-linux [openssl]=openssl [mmdebstrap]=mmdebstrap
)

problems() {
  [[ $(uname -s) == Linux ]] || {
    echo 'this needs Linux: containers and namespaces are the kernel'\''s'
    return
  }
  [[ $EUID -eq 0 ]] || echo 'this needs root: run it with sudo -E, or in a privileged container'
  case $(uname -m) in x86_64) ;; *) echo "images are built for x86_64, this machine is $(uname -m)" ;; esac
  missing_programs
  missing_toolchains
  [[ $EUID -ne 0 ]] || kernel_problems
}

missing_programs() {
  local program
  local -A packages=()
  for program in "${!PACKAGE_OF[@]}"; do
    command -v "$program" >/dev/null || packages[${PACKAGE_OF[$program]}]=1
  done
  [[ -x $CNI_BIN/ptp ]] || packages[containernetworking-plugins]=1
  python3 -m pip --version >/dev/null 2>&1 || packages[python3-pip]=1
  [[ ${#packages[@]} -eq 0 ]] ||
    echo "missing programs: apt-get install -y $(printf '%s\n' "${!packages[@]}" | sort | xargs)"
}

missing_toolchains() {
  local version
  version=$(go env GOVERSION 2>/dev/null || true)
  [[ $version =~ ^go1\.(2[5-9]|[3-9][0-9]) ]] ||
    echo "Go 1.25 or newer builds Kubernetes (found: ${version:-none}): https://go.dev/dl/"
  command -v npm >/dev/null || echo 'Node.js with npm builds the images: https://nodejs.org/'
}

kernel_problems() {
  unshare --net --mount --pid --fork true 2>/dev/null ||
    echo 'cannot make namespaces (unshare --net --mount --pid fails): a container needs --privileged'
  unshare --net ip link add veth-a type veth peer name veth-b 2>/dev/null ||
    echo 'the kernel has no veth devices: modprobe veth'
  unshare --net iptables -t nat -A POSTROUTING -j MASQUERADE 2>/dev/null ||
    echo 'iptables cannot masquerade: modprobe iptable_nat nf_nat'
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null ||
    echo 'the kernel has no overlay file system: modprobe overlay'
  [[ -n $(cgroup_roots) ]] || echo 'no cgroups are mounted below /sys/fs/cgroup'
}

doctor() {
  require_machine
  log 'nothing is missing'
}

require_machine() {
  local found
  found=$(problems)
  [[ -n $found ]] || return 0
  log 'this machine cannot run the test cluster:'
  while IFS= read -r problem; do printf '  - %s\n' "$problem" >&2; done <<<"$found"
  exit 3
}
