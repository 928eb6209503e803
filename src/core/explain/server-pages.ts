import type { Pages } from './page.ts';

/** Diagnoses: why a server, a pod or an image does not work. */
export const serverPages: Pages = {
  'server.exec-denied': {
    title: 'the server may not be executed as this uid',
    why: 'The program, or something that it leads to (an interpreter behind a link into /root), is open to root only. The image was made to run as root; mcpk never runs it so.',
    todo: [
      'build an image FROM it with chmod o+x on the closed folders',
      'servers.NAME.security.runAsUser: the uid that owns the program',
      'use another image of the same server',
    ],
  },
  'server.exec-format': {
    title: "the server's program is built for another CPU",
    why: 'An amd64 image on an arm64 node or the reverse, or a script without a #! line.',
    todo: ["use an image for the nodes' CPU (kubectl get nodes -L kubernetes.io/arch)"],
  },
  'server.exec-not-found': {
    title: 'the image has no such program',
    why: 'servers.NAME.command names a program that is not in the image or not in its PATH.',
    todo: ["docker image inspect IMAGE shows the image's own command", 'correct servers.NAME.command'],
  },
  'server.interpreter-missing': {
    title: 'the interpreter of a script is missing',
    why: 'The file is there; the interpreter that its first line (#!) names is not in the image.',
    todo: ['use an image that has it', 'or call another interpreter in servers.NAME.command'],
  },
  'server.exits': {
    title: 'the server ends again and again',
    why: 'Its process starts and ends by itself. The bridge quotes the last line that it wrote to standard error.',
    todo: ['kubectl logs deployment/mcp-server-NAME', 'a missing secret or argument is the commonest reason'],
  },
  'server.read-only-file-system': {
    title: 'the server writes to its image',
    why: "The root file system is read-only, so that nobody can change the server's code. /tmp and HOME are writable.",
    todo: ['point the server to /tmp by an environment variable', 'or mount a volume: servers.NAME.volumes'],
  },
  'server.permission-denied': {
    title: 'the server may not use a file',
    why: 'The file belongs to another user, often root, and the server runs as uid 1000 or as you set it.',
    todo: ['point it to a writable place', 'or run as the owner: servers.NAME.security.runAsUser'],
  },
  'server.module-missing': {
    title: 'the server lacks a module',
    why: 'Python or Node does not find a package: the command starts another interpreter than the one that the package was installed for, or the image is incomplete.',
    todo: ['correct servers.NAME.command', 'or use another image'],
  },
  'server.env-missing': {
    title: 'the server wants a variable that is not set',
    why: 'Most servers that call an API need its key in an environment variable.',
    todo: [
      'servers.NAME.secrets for a secret, servers.NAME.env for the rest',
      'mcpk.yaml never holds the value of a secret',
    ],
  },
  'server.name-not-resolved': {
    title: 'the server cannot look up a host name',
    why: "The cluster's DNS is down, or the host does not exist.",
    todo: ['kubectl -n kube-system get pods -l k8s-app=kube-dns', 'check servers.NAME.egress'],
  },
  'server.out-of-memory': {
    title: 'the server runs out of memory',
    why: 'It reached the memory limit of its container or of its own runtime.',
    todo: ['raise servers.NAME.resources.limits.memory'],
  },
  'gateway.servers-down': {
    title: 'the gateway reaches none of its servers',
    why: 'It runs and asks them, and none answers: they are all down, or the gateway cannot look up or reach their Services.',
    todo: ['mcpk verify asks each server directly and tells which of the two it is', 'see dns.resolve and network.tcp'],
  },
  'container.out-of-memory': {
    title: 'the kernel ended a container for its memory',
    why: 'It needed more than its limit (OOMKilled, exit code 137).',
    todo: ['raise resources.limits.memory'],
  },
  'container.crash': {
    title: 'a container ends again and again',
    why: 'Its main process exits. Kubernetes starts it again, each time later (CrashLoopBackOff).',
    todo: [
      'kubectl logs POD --previous',
      'compare the exit code: 126 may not be executed, 127 not found, 137 killed, 139 crashed',
    ],
  },
  'container.start': {
    title: 'a container cannot be started',
    why: 'The container runtime refuses it: its program is missing or may not be executed, or a mount fails.',
    todo: ["kubectl describe pod shows the runtime's own words", 'correct servers.NAME.command'],
  },
  'container.config': {
    title: 'a container cannot be configured',
    why: 'Something that the pod names is missing or does not fit: a Secret, a key, a ConfigMap.',
    todo: ['kubectl describe pod shows what', 'create it, then wait: the pod goes on by itself'],
  },
  'container.root': {
    title: 'Kubernetes refuses to run the image as root',
    why: 'runAsNonRoot is set, and no numeric uid other than 0 is known. mcpk always sets one, so the pod was changed.',
    todo: ['mcpk deploy', 'look for a mutating webhook'],
  },
  'container.probe': {
    title: 'a container does not pass its probe',
    why: 'It runs, but its health address does not answer 200: it is still starting, or it knows that it cannot serve.',
    todo: ['kubectl logs POD', 'kubectl describe pod shows what the probe saw'],
  },
  'pod.sandbox': {
    title: 'the node cannot make room for the pod',
    why: 'The pod network (CNI) or the container runtime of the node fails before any container starts.',
    todo: ['kubectl describe pod shows its words', "this is the cluster's fault, not the server's"],
  },
  'pod.unschedulable': {
    title: 'no node takes the pod',
    why: 'No node has enough free CPU or memory, or taints and affinities keep it away.',
    todo: ['kubectl describe pod shows what is lacking', 'lower resources.requests, or add a node'],
  },
  'volume.pending': {
    title: 'a volume is not there yet',
    why: 'The claim waits for a storage class or for a provisioner.',
    todo: ['kubectl get storageclass: one must be the default', 'kubectl describe pvc'],
  },
  'volume.mount': {
    title: 'a volume cannot be mounted',
    why: 'Another node may still hold it, or the storage refuses it.',
    todo: ['kubectl describe pod shows its words'],
  },
};
