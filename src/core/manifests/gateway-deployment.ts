import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { type App, type Identity, names } from '../app/app.ts';
import {
  DOCKER_CATALOG_FILE,
  GATEWAY_CONFIG_DIR,
  GATEWAY_CONFIG_FILE,
  GATEWAY_TOKEN_DIR,
  gatewayConfigHash,
} from './gateway-config.ts';
import { gatewayLabels, selector } from './labels.ts';
import type { ManifestObject } from './object.ts';
import { CONTAINER_SECURITY, httpProbe, PROGRESS_DEADLINE_SECONDS, podSecurity, resourceRequirements } from './pod.ts';

/** The gateway images hold nothing that belongs to a user; 65532 is the distroless "nonroot". */
const IDENTITY: Identity = { runAsUser: 65532, runAsGroup: 65532 };

const DOCKER_HOME = '/home/mcp';
const DOCKER_CATALOGS = `${DOCKER_HOME}/.docker/mcp/catalogs`;

export function gatewayDeployment(app: App): ManifestObject {
  const labels = gatewayLabels(app);
  const pod = app.gateway.engine === 'mcpk' ? mcpkPod(app) : dockerPod(app);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names.gateway, namespace: app.namespace, labels },
    spec: {
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selector(labels) },
      strategy: { type: 'RollingUpdate' },
      template: {
        metadata: { annotations: { 'mcpk/config-hash': gatewayConfigHash(app) }, labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity(IDENTITY),
          ...pod,
        },
      },
    },
  };
}

function container(app: App, rest: Partial<V1Container>): V1Container {
  return {
    name: 'gateway',
    image: app.gateway.image,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ containerPort: names.gatewayPort, name: 'http' }],
    resources: resourceRequirements(app.gateway.resources),
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...rest,
  };
}

function mcpkPod(app: App): V1PodSpec {
  return {
    containers: [
      container(app, {
        args: ['--config', `${GATEWAY_CONFIG_DIR}/${GATEWAY_CONFIG_FILE}`],
        livenessProbe: httpProbe('/health', 'http', 10, 3),
        readinessProbe: httpProbe('/ready', 'http', 5, 2),
        startupProbe: httpProbe('/ready', 'http', 1, 60),
        volumeMounts: [
          { mountPath: GATEWAY_CONFIG_DIR, name: 'config', readOnly: true },
          // A folder, not a subPath: only so does a rotated token reach the running gateway.
          { mountPath: GATEWAY_TOKEN_DIR, name: 'token', readOnly: true },
          { mountPath: '/tmp', name: 'tmp' },
        ],
      }),
    ],
    volumes: [
      { name: 'config', configMap: { name: names.gateway } },
      { name: 'token', secret: { secretName: app.gateway.tokenSecret } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

/**
 * docker/mcp-gateway in static mode. Without a catalog of its own under ~/.docker/mcp/catalogs it fetches one from the
 * internet at start, and exits if it cannot; a uid without a passwd entry needs HOME for that folder to be found.
 */
function dockerPod(app: App): V1PodSpec {
  const health = (period: number, failures: number) => httpProbe('/health', 'http', period, failures);
  return {
    containers: [
      container(app, {
        args: [
          '--static',
          `--servers=${app.servers.map(({ name }) => name).join(',')}`,
          '--transport=streaming',
          `--port=${names.gatewayPort}`,
          // Without it every tool call starts a new server process.
          '--long-lived',
          // A bare name is looked up in that folder; any other place is refused since v0.43.1.
          `--catalog=${DOCKER_CATALOG_FILE}`,
        ],
        env: [
          { name: 'HOME', value: DOCKER_HOME },
          {
            name: 'MCP_GATEWAY_AUTH_TOKEN',
            valueFrom: { secretKeyRef: { name: app.gateway.tokenSecret, key: names.tokenKey } },
          },
        ],
        livenessProbe: health(10, 3),
        readinessProbe: health(5, 2),
        // It serves /health only after it has listed every server.
        startupProbe: health(2, 45),
        volumeMounts: [
          { mountPath: DOCKER_HOME, name: 'home' },
          { mountPath: `${DOCKER_HOME}/.docker/mcp`, name: 'docker-mcp' },
          { mountPath: DOCKER_CATALOGS, name: 'config', readOnly: true },
          { mountPath: '/tmp', name: 'tmp' },
        ],
      }),
    ],
    volumes: [
      { name: 'config', configMap: { name: names.gateway } },
      { name: 'docker-mcp', emptyDir: {} },
      { name: 'home', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}
