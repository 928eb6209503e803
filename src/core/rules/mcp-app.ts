import type { V1Service } from '@kubernetes/client-node';
import { names } from '../app/app.ts';
import { MANAGED_BY } from '../manifests/labels.ts';
import type { KubeObject } from './finding.ts';
import type { ContainerView, ObjectSet } from './object-set.ts';

/** What the objects of an MCP app are recognised by, whoever wrote them: mcpk's labels, else the names of the seed. */

const LABEL = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

export function labelsOf(object: KubeObject): Readonly<Record<string, string>> {
  const { labels } = (object.data['metadata'] ?? {}) as { labels?: Record<string, string> };
  return labels ?? {};
}

/** True for objects that mcpk made: what it creates at deploy time is not among its manifests. */
export function isManagedByMcpk(object: KubeObject): boolean {
  return labelsOf(object)[LABEL.managedBy] === MANAGED_BY;
}

/** Name of the MCP server that an object belongs to. */
export function serverNameOf(object: KubeObject): string | undefined {
  const labels = labelsOf(object);
  // Others call their servers so, too: Argo CD's for one.
  if (labels[LABEL.component] === 'server' && isManagedByMcpk(object)) return labels[LABEL.name];
  if (object.name === names.gateway) return undefined;
  const deployed = /^mcp-server-(.+)$/.exec(object.name)?.[1];
  if (deployed) return deployed;
  return object.kind === 'Service' && hasBridgePort(object) ? /^mcp-(.+)$/.exec(object.name)?.[1] : undefined;
}

function hasBridgePort({ data }: KubeObject): boolean {
  const { spec } = data as { spec?: V1Service['spec'] };
  return (spec?.ports ?? []).some(({ port }) => port === names.bridgePort);
}

/** docker/mcp-gateway's variable for its bearer token. */
export const TOKEN_ENV = 'MCP_GATEWAY_AUTH_TOKEN';

export type GatewayEngine = 'mcpk' | 'docker';

const GATEWAY_IMAGES: readonly [RegExp, GatewayEngine][] = [
  [/(^|\/)docker\/mcp-gateway(?=$|[:@])/, 'docker'],
  [/(^|\/)mcpk\/gateway(?=$|[:@])/, 'mcpk'],
];

/** Whose gateway a container is, by its image. */
export function gatewayEngineOf({ container, kind }: ContainerView): GatewayEngine | undefined {
  if (kind === 'init') return undefined;
  return GATEWAY_IMAGES.find(([image]) => image.test(container.image ?? ''))?.[1];
}

export type BridgeEngine = 'mcpk' | 'docker';

/** Whose bridge a container runs, and the command line that it runs behind it. */
export function bridgeOf({ container }: ContainerView): { engine: BridgeEngine; argv: string[] } | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  const program = words[0]?.split('/').at(-1);
  if (program === 'docker-mcp-bridge') return { engine: 'docker', argv: words.slice(1) };
  if (program !== 'mcpk-bridge' || words[1] !== 'serve') return undefined;
  const end = words.indexOf('--');
  return { engine: 'mcpk', argv: end < 0 ? [] : words.slice(end + 1) };
}

/** A gateway in the set, with its whole command line. */
export interface GatewayView {
  view: ContainerView;
  engine: GatewayEngine;
  argv: string[];
}

export function gatewaysOf({ containers }: ObjectSet): GatewayView[] {
  return containers.flatMap((view) => {
    const engine = gatewayEngineOf(view);
    const { command = [], args = [] } = view.container;
    return engine ? [{ view, engine, argv: [...command, ...args] }] : [];
  });
}
