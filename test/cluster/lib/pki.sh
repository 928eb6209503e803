# shellcheck shell=bash
# Certificates, made anew for every cluster: it takes a second, and no key outlives its cluster.

make_pki() {
  local pki=$STATE/pki
  mkdir -p "$pki"
  openssl_quiet ecparam -name prime256v1 -genkey -noout -out "$pki/ca.key"
  openssl_quiet req -x509 -new -key "$pki/ca.key" -subj /CN=mcpk-cluster -days 30 -out "$pki/ca.crt"
  # Service account tokens are signed with a key pair of their own.
  openssl_quiet ecparam -name prime256v1 -genkey -noout -out "$pki/service-accounts.key"
  openssl_quiet ec -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub"

  make_certificate apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,\
DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$FIRST_SERVICE_ADDRESS,IP:$NODE_ADDRESS"
  make_certificate apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  make_certificate admin /O=system:masters/CN=admin
  make_certificate controller-manager /CN=system:kube-controller-manager
  make_certificate scheduler /CN=system:kube-scheduler
  make_certificate proxy /CN=system:kube-proxy
  make_certificate kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" "DNS:$NODE_NAME,IP:$NODE_ADDRESS"
}

# openssl talks a lot on stderr; it is shown only when it fails.
openssl_quiet() {
  local said
  said=$(openssl "$@" 2>&1) || die 1 "openssl $1 failed: $said"
}

# make_certificate NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
make_certificate() {
  local base=$STATE/pki/$1
  {
    echo 'extendedKeyUsage=clientAuth,serverAuth'
    [[ -z ${3:-} ]] || echo "subjectAltName=$3"
  } >"$base.ext"
  openssl_quiet req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$base.key" \
    -subj "$2" -out "$base.csr"
  openssl_quiet x509 -req -in "$base.csr" -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" -CAcreateserial \
    -days 30 -extfile "$base.ext" -out "$base.crt"
  rm "$base.csr" "$base.ext"
}

# make_kubeconfig CERTIFICATE FILE: everything inlined, so that the file can be copied.
make_kubeconfig() {
  local pki=$STATE/pki
  (
    umask 077
    cat >"$2" <<YAML
apiVersion: v1
kind: Config
current-context: mcpk
clusters:
  - name: mcpk
    cluster:
      server: https://127.0.0.1:6443
      certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
contexts:
  - name: mcpk
    context: { cluster: mcpk, user: mcpk }
users:
  - name: mcpk
    user:
      client-certificate-data: $(base64 -w0 "$pki/$1.crt")
      client-key-data: $(base64 -w0 "$pki/$1.key")
YAML
  )
}
