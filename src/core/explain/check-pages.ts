import type { Pages } from './page.ts';

/** The checks of `mcpk verify`. */
export const checkPages: Pages = {
  'cluster.reachable': {
    title: 'the API server answers',
    why: 'mcpk asks it for its version. Without an answer nothing else can be checked, and nothing is said about your servers.',
    todo: ['kubectl version shows the same fault, with the same kubeconfig', 'choose another cluster with --context'],
  },
  'cluster.authn': {
    title: 'the cluster knows you',
    why: 'mcpk asks the API server under which name it knows you: with credentials that have expired nothing else can be checked. A cluster before Kubernetes 1.28 does not tell; the check is then skipped.',
    todo: ['kubectl auth whoami shows the same', 'sign in again, or choose another context with --context'],
  },
  'cluster.namespace': {
    title: 'the namespace of the app exists',
    why: 'It does not, so nothing of the app is on this cluster: it was never deployed there, or --context points to another cluster.',
    todo: ['mcpk deploy', 'kubectl config current-context, then mcpk verify --context NAME'],
  },
  'cluster.rbac': {
    title: 'you have the rights that the checks need',
    why: 'Each check that lacks its right is "unchecked", and the exit code is 3: mcpk never calls good what it has not seen. In the namespace it needs: list pods; get pods/log; get and create pods/portforward; get and create pods/exec (Kubernetes 1.35 asks for both verbs); get the token\'s Secret; list endpointslices.discovery.k8s.io.',
    todo: [
      'ask for a Role with these rights',
      'or leave checks out on purpose, e.g. --skip dns.resolve --skip network.tcp',
    ],
  },
  'local.running': {
    title: 'mcpk up runs this app on this machine',
    why: 'verify --target local looks at what `mcpk up` started with the same config file. Nothing runs: it was never started, has ended, or was started with another file.',
    todo: ['mcpk up --detach', 'mcpk up in another terminal shows live what the servers do'],
  },
  'local.program': {
    title: 'a server has a program on this machine',
    why: 'Without a cluster a server runs from the npm or PyPI package that the catalog names, or from its local.command in mcpk.yaml. It has neither, the package cannot be fetched, a secret is not in the environment, or the server takes a secret as an argument, which everybody on the machine could read.',
    todo: [
      'the message says which; the line "fix" what to do',
      'servers.NAME.local: { command: [PROGRAM, ARGUMENT...] } runs anything',
      'leave it out: mcpk verify --target local --skip NAME',
    ],
  },
  'resource.gateway': {
    title: "the gateway's objects exist",
    why: 'Deployment, Service, ConfigMap or NetworkPolicy of the gateway is missing: someone deleted it, or a deployment stopped halfway.',
    todo: ['mcpk deploy'],
  },
  'resource.exists': {
    title: "a server's objects exist",
    why: 'Deployment mcp-server-NAME, Service mcp-NAME, its NetworkPolicy or its claims are missing. The server may have been added to mcpk.yaml after the last deployment.',
    todo: ['mcpk deploy'],
  },
  'secret.refs': {
    title: "a server's Secrets have the keys that it needs",
    why: 'servers.NAME.secrets names Secrets and keys; one is not there. A pod that runs keeps the values that it started with, so only its next start would fail. mcpk looks at the names of the keys, never at the values.',
    todo: [
      'kubectl create secret generic SECRET --from-literal=KEY=VALUE',
      'or correct servers.NAME.secrets in mcpk.yaml',
    ],
  },
  'pvc.bound': {
    title: "a server's volumes are there",
    why: 'A claim of the server has been given no storage. Either no StorageClass is the default one, or its provisioner does not answer, or the class waits for the pod and the pod cannot be scheduled.',
    todo: [
      'kubectl describe pvc mcp-NAME-VOLUME tells why',
      'kubectl get storageclass shows the default one, if there is one',
    ],
  },
  'workload.ready': {
    title: "a server's pod is ready",
    why: "The Deployment has not come to where its spec wants it. With mcpk's bridge a pod is only ready when the server can be executed, so this is often where a broken image shows. The cause is read from the pod's log or from the container's state.",
    todo: ['follow the fix that the report names', 'kubectl describe pod and kubectl logs tell the rest'],
  },
  'workload.restarts': {
    title: 'a pod has not restarted lately',
    why: 'A container that restarted within the last 10 minutes may do so again. OOMKilled means that it needed more memory than its limit.',
    todo: [
      'kubectl logs POD --previous shows its last words',
      'raise resources.limits.memory of the server after OOMKilled',
    ],
  },
  'workload.image': {
    title: 'a pod runs the image of mcpk.yaml',
    why: 'The server that answers is not the one of the config: mcpk.yaml changed after the last deployment, somebody changed the Deployment, or a webhook of the cluster rewrites image names.',
    todo: ['mcpk deploy', 'look for a mutating webhook: kubectl get mutatingwebhookconfigurations'],
  },
  'security.nonroot': {
    title: 'a pod runs without root and without privileges',
    why: 'mcpk renders pods that pass Pod Security "restricted" and more. This pod, as the cluster admitted it, does not: someone or some webhook changed it.',
    todo: ['mcpk deploy sets it right', 'look for a mutating webhook: kubectl get mutatingwebhookconfigurations'],
  },
  'security.exec-permission': {
    title: 'the bridge may execute the server',
    why: "The image works as root only: root installed its program, or what it leads to, where no other user may go (often a Python under /root, mode 0700). With docker's bridge the pod is Ready all the same, because the bridge listens before it starts the server and never closes the connection: only the pod's log tells, and every client hangs.",
    todo: [
      'build an image that opens the way (chmod o+x on the folders), and name it as servers.NAME.image',
      'run as the uid that owns the program: servers.NAME.security.runAsUser',
      "use mcpk's bridge (bridge.engine: mcpk): the fault then shows as a pod that is not ready",
    ],
  },
  'security.token': {
    title: 'the token is in its Secret and nowhere else',
    why: 'The gateway lets in whoever has the token. It must exist, and it must not stand in a pod spec or in a log, where others read it.',
    todo: [
      'mcpk deploy creates a missing one',
      'change one that was seen: delete the Secret, mcpk deploy, restart the gateway',
    ],
  },
  'service.exists': {
    title: 'the Service is the one that the gateway calls',
    why: 'Both gateways call mcp-NAME on port 4444. A Service with another port or another selector leads nowhere.',
    todo: ['mcpk deploy sets it right'],
  },
  'service.endpoints': {
    title: 'the Service leads to a ready pod',
    why: 'The Service has no ready address: no pod matches its selector, or none passes its readiness probe.',
    todo: [
      'see workload.ready of the same server',
      'kubectl get endpointslices -l kubernetes.io/service-name=mcp-NAME',
    ],
  },
  'dns.resolve': {
    title: "the Service's name resolves in the gateway's pod",
    why: "mcpk runs a lookup in the gateway's container, because only there it counts. It fails when the cluster's DNS is down or a NetworkPolicy forbids port 53. Without the right to exec it is unchecked.",
    todo: [
      'kubectl -n kube-system get pods -l k8s-app=kube-dns',
      'kubectl get networkpolicy mcp-gateway -o yaml',
      '--skip dns.resolve leaves it out',
    ],
  },
  'network.tcp': {
    title: 'the gateway reaches the server through its Service',
    why: "The name resolves, and the connection fails: a NetworkPolicy, kube-proxy or the CNI is in the way. Not tried with docker's bridge, which starts a server process for every connection.",
    todo: ['mcpk deploy sets the policies right', 'kubectl get networkpolicy shows those of others'],
  },
  'mcp.server.initialize': {
    title: 'the server answers initialize, asked directly',
    why: "mcpk forwards a port to the server's pod and speaks MCP with it, past Service and gateway, 10 s each try. If it does not answer, the fault is the server's own, and the report names what its log tells.",
    todo: [
      'follow the fix that the report names',
      'kubectl logs deployment/mcp-server-NAME',
      'run the same command line in the image: docker run -i --rm --user 1000 --entrypoint PROGRAM IMAGE',
    ],
  },
  'mcp.server.tools': {
    title: 'the server lists its tools, asked directly',
    why: 'It answers initialize, but tools/list fails, is empty, or lacks a tool that servers.NAME.verify.tools expects.',
    todo: [
      'correct verify.tools, or use the image version that has the tool',
      'some servers list no tools before they have their secret',
    ],
  },
  'gateway.ready': {
    title: "the gateway's pod is ready",
    why: "docker/mcp-gateway lists the tools of every server before it serves any, and waits for ever for one that does not answer: one dead server takes all tools down. mcpk's gateway starts without it.",
    todo: ['cure the server that the report names', 'or set gateway.engine: mcpk and deploy'],
  },
  'gateway.health': {
    title: 'the gateway says that it is healthy',
    why: '/health needs no token and answers 200 when the gateway serves.',
    todo: ['kubectl logs deployment/mcp-gateway'],
  },
  'gateway.log.enabled': {
    title: 'the gateway knows the servers of mcpk.yaml',
    why: 'At its start the gateway logs which servers are enabled. Another list means that mcpk.yaml changed after the last deployment.',
    todo: ['mcpk deploy'],
  },
  'gateway.log.listed': {
    title: "the gateway listed the server's tools",
    why: 'The server answers now, but the gateway could not list its tools when it started. docker/mcp-gateway does not try again.',
    todo: ['kubectl rollout restart deployment mcp-gateway'],
  },
  'gateway.log.errors': {
    title: 'the gateway reports no server that it does not know',
    why: 'Its log names servers that its own catalog lacks, or says that authentication is switched off.',
    todo: ['mcpk deploy'],
  },
  'gateway.log.initialized': {
    title: 'the gateway says that it has started',
    why: 'Its log lacks the line "Start streaming server": it is still listing its servers, and something keeps it waiting.',
    todo: ['see the checks of the servers', 'kubectl logs deployment/mcp-gateway'],
  },
  'gateway.auth': {
    title: 'the gateway lets nobody in without the token',
    why: 'A request without a token must be answered with 401, one with the token must not. docker/mcp-gateway before v0.43.1 takes requests without a token although one is set.',
    todo: [
      'use a newer gateway.image, or gateway.engine: mcpk',
      'after changing the token: kubectl rollout restart deployment mcp-gateway',
    ],
  },
  'mcp.gateway.initialize': {
    title: 'the gateway answers initialize with the token',
    why: "mcpk forwards a port to the gateway's pod and starts a session over Streamable HTTP, with the token from the Secret. The token is read through the API and never printed.",
    todo: [
      'HTTP status 401: the token was changed after the gateway started; restart it',
      'kubectl logs deployment/mcp-gateway',
    ],
  },
  'mcp.gateway.tools': {
    title: "the gateway serves the server's tools",
    why: 'Every tool that the server lists when asked directly must be served by the gateway, under its own name or as NAME__TOOL. If one is missing, the server is fine and the way from the gateway to it is not.',
    todo: [
      'see service.endpoints, dns.resolve and network.tcp of the server',
      'kubectl rollout restart deployment mcp-gateway',
    ],
  },
  'mcp.gateway.call': {
    title: 'the declared tool call succeeds through the gateway',
    why: 'servers.NAME.verify.call names a tool call that is safe to make. It answered with an error, or not at all.',
    todo: ['read the error that the report quotes', 'check the arguments in mcpk.yaml'],
  },
  'perf.init': {
    title: 'the gateway starts in time',
    why: 'The gateway logs how long its start took. It should be a second at most, or what --init-budget says. More than 20 s means that it waited for a server that did not answer.',
    todo: ['cure the server that the report names', "use mcpk's gateway, which serves while it waits"],
  },
  'perf.connect': {
    title: 'time to connect to a server and initialize it',
    why: "Seen from here with the port-forward included, and without a limit unless --connect-budget gives one. mcpk's bridge keeps a process started ahead, so that this takes milliseconds; a cold Python server takes about a second.",
    todo: ["use mcpk's bridge: bridge.engine: mcpk", 'give it more time: --connect-budget 2s'],
  },
  'perf.memory': {
    title: 'no container is near its memory limit',
    why: 'A container that uses more than 90% of its limit will soon be killed (OOMKilled). The figures come from metrics.k8s.io; on a cluster without it (metrics-server) the check is skipped.',
    todo: ['raise resources.limits.memory of the server or of the gateway in mcpk.yaml', 'kubectl top pods'],
  },
  'baseline.checks': {
    title: 'what passed in the baseline still passes',
    why: '--baseline FILE compares with a former run. Checks that passed then do not now, and at least one of them is new trouble, not old.',
    todo: ['follow what the report says of each', 'mcpk verify --write-baseline FILE, where it is meant to be so'],
  },
  'baseline.servers': {
    title: 'mcpk.yaml has every server of the baseline',
    why: 'A server of the former run is no longer in mcpk.yaml. Its tools are gone for every client of the gateway.',
    todo: ['mcpk verify --write-baseline FILE, where it is meant to be so', 'or put it back: mcpk add-server NAME'],
  },
  'baseline.tools': {
    title: 'a server has every tool of the baseline',
    why: 'The server answers, and lists fewer tools than in the former run. Its image has changed, or it needs a secret or an argument that it no longer gets. Clients that call the missing tools fail.',
    todo: [
      'use the image version that has them; a digest in mcpk.yaml keeps it',
      'mcpk verify --write-baseline FILE, where it is meant to be so',
    ],
  },
  'baseline.init': {
    title: 'the gateway starts as fast as in the baseline',
    why: 'Its start took more than twice as long as in the former run, and at least 200 ms longer.',
    todo: [
      'perf.connect of each server tells which one has become slow',
      'mcpk verify --write-baseline FILE, where it is meant to be so',
    ],
  },
};
