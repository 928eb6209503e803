import type { V1SecurityContext, V1Volume } from '@kubernetes/client-node';
import { DEFAULT_CAPABILITIES } from '../pod-security/privileges.ts';
import { bridgeOf } from '../rules/mcp-app.ts';
import type { ContainerView } from '../rules/object-set.ts';
import type { ContainerSettings, Mount } from './settings.ts';

/** What containerd gives a container that asks for nothing (its default spec), as Kubernetes writes the names. */
const RUNTIME_CAPABILITIES = [...DEFAULT_CAPABILITIES, 'NET_RAW'];

/**
 * What a container's manifest says of how its image is run. Behind a bridge it is the bridge's child that is meant:
 * the program of the image itself.
 */
export function settingsOf(view: ContainerView): ContainerSettings {
  const { container, pod } = view;
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const bridge = bridgeOf(view);
  return {
    runAsUser: own?.runAsUser ?? shared?.runAsUser,
    runAsGroup: own?.runAsGroup ?? shared?.runAsGroup,
    runAsNonRoot: own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false,
    fsGroup: shared?.fsGroup,
    supplementalGroups: shared?.supplementalGroups,
    capabilities: capabilitiesOf(own),
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    mounts: mountsOf(view),
    ...(bridge ? { command: bridge.argv } : { command: container.command, args: container.args }),
    env: Object.fromEntries(
      (container.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
    workingDir: container.workingDir,
    ownUserNamespace: pod.spec.hostUsers === false,
  };
}

/** Names may be written with or without CAP_. */
function capabilitiesOf(security: V1SecurityContext | undefined): string[] {
  const plain = (names: string[] | undefined) => (names ?? []).map((name) => name.replace(/^CAP_/, ''));
  const drop = plain(security?.capabilities?.drop);
  const add = plain(security?.capabilities?.add);
  const kept = drop.includes('ALL') ? [] : RUNTIME_CAPABILITIES.filter((name) => !drop.includes(name));
  return [...new Set([...kept, ...add])];
}

function mountsOf({ container, pod }: ContainerView): Mount[] {
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }): Mount => {
    const volume = volumes.get(name);
    if (readOnly || (volume && holdsFiles(volume))) return { path: mountPath, kind: 'readOnly' };
    return { path: mountPath, kind: volume?.emptyDir ? 'emptyDir' : 'volume' };
  });
}

function holdsFiles({ configMap, secret, projected, downwardAPI }: V1Volume): boolean {
  return Boolean(configMap || secret || projected || downwardAPI);
}
