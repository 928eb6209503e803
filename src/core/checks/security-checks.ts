import { names } from '../app/app.ts';
import { type AppCheck, fail, pass, type ServerCheck, skip } from './check.ts';
import { parseGatewayLog } from './gateway-log.ts';
import type { Pod, PodContainer } from './ports.ts';
import { causeInLog, failBecause, hidden, isStartFault, readLog, SERVER_CONTAINER } from './why.ts';

const nonRoot: ServerCheck = {
  id: 'security.nonroot',
  category: 'security',
  title: 'the pod runs without root and without privileges',
  severity: 'error',
  scope: 'server',
  needs: ['resource.exists'],
  retry: true,
  run: async ({ cluster }, { server }) => {
    const pod = (await cluster.pods({ server: server.name }))[0];
    if (!pod) return skip('there is no pod', `workload.ready[${server.name}]`);
    const faults = [...pod.initContainers, ...pod.containers].flatMap((container) => containerFaults(pod, container));
    if (faults.length === 0) return pass(`uid ${pod.containers[0]?.security.runAsUser ?? pod.security.runAsUser}`);
    return fail(faults.join('; '), {
      cause: 'the pod was changed after mcpk deployed it, by hand or by an admission webhook',
      remedies: [
        'mcpk deploy sets it right',
        `mcpk render shows what Deployment ${names.serverDeployment(server.name)} should be`,
      ],
      terminal: true,
    });
  },
};

function containerFaults(pod: Pod, { name, security }: PodContainer): string[] {
  const uid = security.runAsUser ?? pod.security.runAsUser;
  const faults = [
    (security.runAsNonRoot ?? pod.security.runAsNonRoot) !== true && 'runAsNonRoot is not set',
    (uid === undefined || uid === 0) && (uid === 0 ? 'it runs as uid 0' : 'it has no numeric uid'),
    security.readOnlyRootFilesystem !== true && 'its root file system is writable',
    security.allowPrivilegeEscalation !== false && 'it may gain privileges',
    !security.capabilities?.drop?.includes('ALL') && 'it keeps Linux capabilities',
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `${name}: ${fault}`);
}

/**
 * The seed's fault: an image whose program only root may reach. It comes before any connection to the server, because
 * docker's bridge answers none and each try would wait for its deadline.
 */
const execPermission: ServerCheck = {
  id: 'security.exec-permission',
  category: 'security',
  title: 'the bridge may execute the server',
  severity: 'error',
  scope: 'server',
  needs: ['workload.ready'],
  retry: false,
  run: async (ports, { app, server }) => {
    const pod = (await ports.cluster.pods({ server: server.name }))[0];
    if (!pod) return skip('there is no pod', `workload.ready[${server.name}]`);
    const log = await ports.cluster.log(pod.name, SERVER_CONTAINER);
    const cause = causeInLog(log, server);
    if (!cause || !isStartFault(cause.diagnosis)) return pass();
    const why = [cause.cause, pod.ready ? hidden(app) : ''].filter(Boolean).join('; ');
    return failBecause(`the server cannot be executed as uid ${server.identity.runAsUser}`, { ...cause, cause: why });
  },
};

const token: AppCheck = {
  id: 'security.token',
  category: 'security',
  title: 'the token is in its Secret and nowhere else',
  severity: 'error',
  scope: 'app',
  needs: ['resource.gateway'],
  retry: false,
  run: async (ports, { app }) => {
    const secret = await ports.token.inspect();
    if (!secret)
      return fail(`there is no Secret ${app.gateway.tokenSecret}`, {
        remedies: ['mcpk deploy creates it with a random token'],
      });
    if (!secret.keys.includes(names.tokenKey) || secret.length === 0) {
      return fail(`Secret ${app.gateway.tokenSecret} has no key ${names.tokenKey}`, {
        remedies: [
          `put the token under the key ${names.tokenKey}`,
          'or delete the Secret: mcpk deploy creates a new one',
        ],
      });
    }
    for (const pod of await ports.cluster.pods('gateway')) {
      const literal = pod.containers.find(({ literals }) => literals['MCP_GATEWAY_AUTH_TOKEN'] !== undefined);
      if (literal) {
        return fail(
          'the token stands in the pod itself (MCP_GATEWAY_AUTH_TOKEN), where everybody who may read pods sees it',
          {
            remedies: ['mcpk deploy takes it from the Secret', 'then change it: it is known'],
          },
        );
      }
      const log = await readLog(ports, pod, 'gateway');
      if (log !== undefined && (parseGatewayLog(log).tokenPrinted || (await ports.token.appearsIn(log)))) {
        return fail("the token stands in the gateway's log", {
          cause: 'docker/mcp-gateway prints the token that it made up when none was given',
          remedies: ['mcpk deploy gives it one', 'then change the token: it is known'],
        });
      }
    }
    return pass(`Secret ${app.gateway.tokenSecret}`);
  },
};

export const securityChecks = [nonRoot, execPermission, token];
