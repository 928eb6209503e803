import type { Pages } from '../explain/page.ts';

/** What each check is about, by its id in k8s.io/pod-security-admission. */
export const podSecurityPages: Pages = {
  appArmorProfile: {
    title: 'AppArmor is switched off',
    why: 'Where the node has AppArmor, a container runs under the runtime\'s profile unless something says otherwise. "Unconfined", in the field or in the older annotation, takes that away.',
    todo: ['delete the profile: the default comes back by itself', 'a profile of your own: type Localhost'],
  },
  capabilities_baseline: {
    title: 'a container gets more than the default capabilities',
    why: 'Capabilities are parts of what root may do: SYS_ADMIN is nearly all of it, NET_RAW forges packets. "baseline" allows the default set without NET_RAW.',
    todo: ['delete it from securityContext.capabilities.add', 'an MCP server needs none: drop ALL'],
  },
  hostNamespaces: {
    title: "the pod shares the node's network, processes or IPC",
    why: "hostNetwork puts the pod on the node's own network, past every NetworkPolicy; hostPID lets it see and signal the node's processes; hostIPC shares memory with them.",
    todo: [
      'delete hostNetwork, hostPID and hostIPC from the pod',
      'what must be reached from outside is what a Service is for',
    ],
  },
  hostPathVolumes: {
    title: 'a volume is a folder of the node',
    why: "What the pod writes there the node reads, and with the right path (a container runtime's socket, the kubelet's folder) a pod becomes root of the node.",
    todo: [
      'keep data in a PersistentVolumeClaim, scratch files in an emptyDir, files that are only read in a ConfigMap or Secret',
      'what the node must provide comes through a CSI driver',
    ],
  },
  hostPorts: {
    title: "a container takes a port of the node's own",
    why: 'Everybody who reaches the node reaches that port, past Services and NetworkPolicies, and only one such pod fits on a node. With hostNetwork the API server makes every container port a host port, also where nobody wrote one.',
    todo: [
      'delete hostPort (and hostNetwork)',
      'a Service of type NodePort or LoadBalancer, or an Ingress, opens it to the outside',
    ],
  },
  hostProbesAndHostLifecycle: {
    title: 'a probe or a hook asks another host',
    why: "The kubelet makes these requests, from the node: with a host of one's own choice a pod can make it call anything that the node reaches. Without one they go to the pod. Part of the policy since v1.34.",
    todo: [
      'delete host: the probe then asks the pod itself',
      'a name for a virtual host goes into httpGet.httpHeaders, as Host',
      'a program that only listens on 127.0.0.1 must listen on 0.0.0.0, or be asked by an exec probe',
    ],
  },
  privileged: {
    title: 'a container is privileged',
    why: 'It has all capabilities and all devices, and no seccomp or AppArmor: root in it is root on the node.',
    todo: [
      'delete securityContext.privileged: no MCP server needs it',
      'add the one capability that is missing, where one is',
    ],
  },
  procMount: {
    title: 'a container sees /proc without its masks',
    why: 'Container runtimes hide parts of /proc that change or reveal the node. "Unmasked" shows them. From policy v1.35 "baseline" allows that in a user namespace (hostUsers: false).',
    todo: ['delete securityContext.procMount'],
  },
  seLinuxOptions: {
    title: 'SELinux options are chosen that the policy does not allow',
    why: 'A type such as spc_t takes the container out of what SELinux confines it to; user and role may not be set at all. Allowed types: container_t, container_init_t, container_kvm_t, and from v1.31 container_engine_t.',
    todo: ['delete type, user and role from seLinuxOptions; level may stay'],
  },
  seccompProfile_baseline: {
    title: 'seccomp is switched off',
    why: '"Unconfined" lets a container make every system call of the kernel, also those that exploits are made of. Policies before v1.19 look at the annotations that came before the field.',
    todo: ['securityContext.seccompProfile: { type: RuntimeDefault }'],
  },
  sysctls: {
    title: 'a kernel parameter is set that the policy does not count as safe',
    why: "Only parameters that each pod has for itself and that do no harm to others are allowed; the list grew with the versions v1.27, v1.29 and v1.32. Others need the consent of the node's kubelet too.",
    todo: ['delete it from securityContext.sysctls', 'set it on the nodes, where all pods need it'],
  },
  windowsHostProcess: {
    title: 'a container runs as a process of the Windows node',
    why: 'hostProcess means no container at all: the program has the rights of an account of the node.',
    todo: ['delete windowsOptions.hostProcess'],
  },
  allowPrivilegeEscalation: {
    title: 'a container may gain rights while it runs',
    why: 'A program with the setuid bit or with file capabilities makes its caller root. Kubernetes allows that unless each container says allowPrivilegeEscalation: false; the pod cannot say it for them.',
    todo: [
      'securityContext.allowPrivilegeEscalation: false on every container, init containers too',
      'if the program then fails, it calls sudo, su or another program with the setuid bit: start it as the user that it needs',
    ],
  },
  capabilities_restricted: {
    title: 'a container keeps capabilities',
    why: 'A runtime gives every container up to 14 parts of what root may do. "restricted" wants them all dropped, and only NET_BIND_SERVICE given back, which opens ports below 1024.',
    todo: [
      'securityContext.capabilities: { drop: [ALL] } on every container, init containers too',
      'delete what else is in add',
    ],
  },
  procMount_restricted: {
    title: 'a container sees /proc without its masks',
    why: 'From policy v1.35 "baseline" allows procMount: Unmasked in a user namespace; "restricted" never does.',
    todo: ['delete securityContext.procMount'],
  },
  restrictedVolumes: {
    title: 'a volume is of a kind that "restricted" does not allow',
    why: "Allowed are configMap, secret, downwardAPI, projected, emptyDir, persistentVolumeClaim, ephemeral, csi and image. The others reach the node's files or storage with the rights of the node.",
    todo: [
      'a PersistentVolumeClaim, where data must stay: its PersistentVolume may be of any kind',
      'an emptyDir for scratch files; an image volume (Kubernetes 1.35 and newer) for files that come with a program',
    ],
  },
  runAsNonRoot: {
    title: 'a container may run as root',
    why: 'runAsNonRoot: true makes the kubelet refuse to start a program as uid 0. The pod may say it for all its containers, but one that says false by itself is forbidden whatever the pod says.',
    todo: [
      'securityContext.runAsNonRoot: true for the pod, and no container that says false',
      'say runAsUser as well, where the image names no user or names it by name: the kubelet cannot tell that it is not root; mcpk inspect IMAGE says which uid works',
      'an image that only root can run: mcpk fix, or hostUsers: false (policy v1.35 and newer, and nodes that can)',
    ],
  },
  runAsUser: {
    title: 'uid 0 is asked for',
    why: 'runAsUser: 0 is root. Which other uid works depends on the image, so nothing is changed by itself.',
    todo: [
      'mcpk inspect IMAGE says which uid works; put that number there',
      'delete it where the image has a numeric user of its own',
      'an image that only root can run: mcpk fix, or hostUsers: false (policy v1.35 and newer, and nodes that can)',
    ],
  },
  seccompProfile_restricted: {
    title: 'a container may make every system call',
    why: 'Kubernetes applies no seccomp profile unless one is asked for, or the kubelet is configured with seccompDefault. "restricted" wants RuntimeDefault or a profile of the node (Localhost), from the pod or from each container.',
    todo: ['securityContext.seccompProfile: { type: RuntimeDefault } for the pod', 'no container that says Unconfined'],
  },
};
