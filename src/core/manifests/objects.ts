import { type App, names, type Server } from '../app/app.ts';
import { gatewayConfigMap } from './gateway-config.ts';
import { gatewayDeployment } from './gateway-deployment.ts';
import { appLabels, gatewayLabels, selector, serverLabels } from './labels.ts';
import { gatewayNetworkPolicy, serverNetworkPolicy } from './network-policy.ts';
import type { ManifestObject } from './object.ts';
import { serverDeployment } from './server-deployment.ts';

/**
 * All objects of an app in the order in which they are applied: what others need comes first, the gateway last.
 * The token's Secret is not among them: it never belongs in a manifest.
 */
export function buildObjects(app: App): ManifestObject[] {
  return [
    namespace(app),
    gatewayConfigMap(app),
    ...app.servers.flatMap((server) => claims(app, server)),
    gatewayNetworkPolicy(app),
    ...app.servers.map((server) => serverNetworkPolicy(app, server)),
    gatewayService(app),
    ...app.servers.map((server) => serverService(app, server)),
    ...app.servers.map((server) => serverDeployment(app, server)),
    gatewayDeployment(app),
  ];
}

function namespace(app: App): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: app.namespace,
      labels: { ...appLabels(app), 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  };
}

function claims(app: App, server: Server): ManifestObject[] {
  return server.volumes.map((volume) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: names.claim(server.name, volume.name),
      namespace: app.namespace,
      labels: serverLabels(app, server.name),
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: volume.size } } },
  }));
}

function serverService(app: App, server: Server): ManifestObject {
  const labels = serverLabels(app, server.name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: names.serverService(server.name), namespace: app.namespace, labels },
    spec: {
      ports: [{ name: 'mcp', port: names.bridgePort, protocol: 'TCP', targetPort: 'mcp' }],
      selector: selector(labels),
    },
  };
}

function gatewayService(app: App): ManifestObject {
  const labels = gatewayLabels(app);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: names.gateway, namespace: app.namespace, labels },
    spec: {
      ports: [{ name: 'http', port: names.gatewayPort, protocol: 'TCP', targetPort: 'http' }],
      selector: selector(labels),
    },
  };
}
