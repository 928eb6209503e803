import type { V1ContainerStatus } from '@kubernetes/client-node';
import { type Diagnosis, diagnoseLog } from '../diagnosis.ts';
import type { LivePod } from './live.ts';
import type { Workload } from './waves.ts';

/** The first answer that is one. */
export function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The cause that a container tells which waits to be made or started. */
export function diagnoseContainers(workload: Workload, namespace: string, pod: LivePod): Diagnosis | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return first(statuses, (status) => diagnoseWaiting(workload, namespace, status));
}

function diagnoseWaiting(
  workload: Workload,
  namespace: string,
  { name, image, state }: V1ContainerStatus,
): Diagnosis | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const key = imageKey(workload, name);
  switch (reason) {
    case 'InvalidImageName':
      return { id: 'image.invalid-name', cause: `"${image}" is no image name`, remedies: [`correct ${key}`] };
    case 'ErrImageNeverPull':
      return {
        id: 'image.never-pull',
        cause: `${image} is not on the node, and may not be pulled`,
        remedies: ['load the image onto the node (kind load docker-image, minikube image load)'],
      };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return diagnosePull(image, key, message);
    case 'CreateContainerConfigError':
      return diagnoseConfig(workload, namespace, message);
    case 'RunContainerError':
    case 'StartError':
    case 'CreateContainerError':
      return (
        diagnoseLog(message, logContext(workload)) ?? {
          id: 'container.start',
          cause: `container ${name} cannot be started: ${message}`,
          remedies: [`correct servers.${workload.name}.command`],
        }
      );
    default:
      return undefined;
  }
}

export function logContext({ name, uid, image, argv }: Workload) {
  return { server: name, uid, image, argv };
}

/** Which key of mcpk.yaml chooses a container's image. */
function imageKey({ name, component }: Workload, container: string): string {
  if (container === 'install-bridge') return 'bridge.image';
  return component === 'gateway' ? 'gateway.image' : `servers.${name}.image`;
}

/** Why an image is not pulled, told from the words of the container runtime; `key` is what chooses the image. */
export function diagnosePull(image: string, key: string, message: string): Diagnosis {
  if (/toomanyrequests|rate limit|429/i.test(message)) {
    return {
      id: 'image.rate-limit',
      cause: `the registry limits pulls of ${image}`,
      remedies: [
        "wait, or sign in to the registry with an imagePullSecret on the namespace's default ServiceAccount",
        `or use a mirror as ${key}`,
      ],
    };
  }
  if (/no match for platform|no matching manifest/i.test(message)) {
    return {
      id: 'image.platform',
      cause: `${image} does not exist for the node's CPU`,
      remedies: [`use an image for that CPU as ${key} (kubectl get nodes -L kubernetes.io/arch)`],
    };
  }
  if (/no such host|i\/o timeout|connection refused|dial tcp|TLS handshake/i.test(message)) {
    return {
      id: 'image.registry-unreachable',
      cause: `the node cannot reach the registry of ${image}`,
      remedies: [
        "check the node's network, proxy and DNS",
        // A kubelet of 1.35 or newer that has once tried to pull a tag does not take a loaded image of that name for it.
        'or load the image onto the node (kind load docker-image, minikube image load), under a tag that was never pulled',
        `or use a mirror as ${key}`,
      ],
    };
  }
  if (/denied|unauthorized|forbidden|401|403/i.test(message)) {
    return {
      id: 'image.denied',
      cause: `the registry does not give out ${image}: it does not exist, or needs credentials`,
      remedies: [`check ${key}`, "give the namespace's default ServiceAccount an imagePullSecret"],
    };
  }
  if (/not found|manifest unknown|does not exist/i.test(message)) {
    return {
      id: 'image.not-found',
      cause: `${image} does not exist`,
      remedies: [`correct the tag or digest in ${key}`],
    };
  }
  return {
    id: 'image.pull',
    cause: `${image} cannot be pulled${message ? `: ${message}` : ''}`,
    remedies: [`check ${key}`],
  };
}

function diagnoseConfig({ name }: Workload, namespace: string, message: string): Diagnosis {
  const secret = /secret "([^"]+)" not found/.exec(message)?.[1];
  if (secret) {
    return {
      id: 'secret.missing',
      cause: `there is no Secret ${secret}`,
      remedies: [`kubectl -n ${namespace} create secret generic ${secret} --from-file=KEY=/dev/stdin`],
    };
  }
  const key = /couldn't find key (\S+) in Secret \S*?\/?([\w.-]+)$/.exec(message);
  if (key) {
    return {
      id: 'secret.missing',
      cause: `Secret ${key[2]} has no key ${key[1]}`,
      remedies: [`correct servers.${name}.secrets, or add the key to the Secret`],
    };
  }
  if (/runAsNonRoot|non-numeric user/.test(message)) {
    return {
      id: 'container.root',
      cause: `the image would run as root, which mcpk does not allow: ${message}`,
      remedies: [`set a uid: servers.${name}.security.runAsUser`],
    };
  }
  return {
    id: 'container.config',
    cause: `the container cannot be made: ${message}`,
    remedies: [`kubectl -n ${namespace} describe pod -l app.kubernetes.io/name=${name}`],
  };
}
