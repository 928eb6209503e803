import { type App, names } from '../app/app.ts';
import type { Place } from './ports.ts';

/** An app on a cluster. */
export function clusterPlace({ namespace, gateway }: App): Place {
  return {
    apply: 'mcpk deploy',
    restartGateway: `kubectl -n ${namespace} rollout restart deployment ${names.gateway}`,
    serverOutput: (server) => `kubectl -n ${namespace} logs deployment/${names.serverDeployment(server)}`,
    tokenIn: `Secret ${gateway.tokenSecret}`,
    refused: 'nothing listens on port 4444: the bridge is not up',
  };
}

/** An app on this machine. @param log file that the gateway writes to, its servers' words among its own */
export function localPlace({ log, tokenFile }: { log: string; tokenFile: string }): Place {
  return {
    apply: 'mcpk up',
    restartGateway: 'mcpk down, then mcpk up --detach',
    serverOutput: (server) => `grep -F '[${server}]' ${log}`,
    tokenIn: tokenFile,
    refused: 'the program cannot be started',
  };
}
