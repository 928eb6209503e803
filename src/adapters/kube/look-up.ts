import { type App, names } from '../../core/app/app.ts';
import type { NameLookup } from '../../core/checks/ports.ts';
import type { KubeConnection } from './connection.ts';
import { ExecError, execInPod } from './exec.ts';

const TIMEOUT_MS = 15_000;

/** Prints one JSON line a name. Connecting sends nothing, so mcpk's bridge starts no server for it. */
const NODE_SCRIPT = `
const dns = require('node:dns').promises, net = require('node:net');
const [port, ...names] = process.argv.slice(1);
const dial = (host) => new Promise((resolve) => {
  const socket = net.connect({ host, port: Number(port) });
  const end = (answer) => { socket.destroy(); resolve(answer); };
  socket.setTimeout(3000, () => end('no answer within 3 s'));
  socket.on('connect', () => end('ok'));
  socket.on('error', (error) => end(error.code || error.message));
});
Promise.all(names.map(async (name) => {
  const answer = { name };
  try {
    answer.address = (await dns.lookup(name)).address;
    if (Number(port) > 0) answer.connect = await dial(answer.address);
  } catch (error) { answer.error = error.code || error.message; }
  console.log(JSON.stringify(answer));
}));
`;

/** docker/mcp-gateway's image is Alpine: no Node, but getent. Prints "name address", or "name" alone. */
const SHELL_SCRIPT = 'for name in "$@"; do echo "$name $(getent hosts "$name" | cut -d" " -f1)"; done';

export interface LookUpContext {
  kube: KubeConnection;
  app: App;
  pod: string;
  signal: AbortSignal;
}

/** Looks names up, and where it is cheap connects to them, from inside the gateway's container. @throws ExecError */
export async function lookUpFromPod(
  { kube, app, pod, signal }: LookUpContext,
  services: string[],
): Promise<Map<string, NameLookup>> {
  const node = app.gateway.engine === 'mcpk';
  // Every connection to docker's bridge starts a server process.
  const port = app.bridge.engine === 'mcpk' ? names.bridgePort : 0;
  const command = node
    ? ['node', '-e', NODE_SCRIPT, String(port), ...services]
    : ['sh', '-c', SHELL_SCRIPT, 'sh', ...services];
  const target = { namespace: app.namespace, pod, container: 'gateway' };
  const result = await execInPod(kube.config, target, command, { timeoutMs: TIMEOUT_MS, signal });
  if (result.exitCode !== 0)
    throw new ExecError(
      `the lookup in pod ${pod} ended with exit code ${result.exitCode}: ${result.stderr.trim().slice(0, 200)}`,
    );
  return node ? fromJsonLines(result.stdout) : fromWords(result.stdout);
}

function fromJsonLines(text: string): Map<string, NameLookup> {
  const answers = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as NameLookup & { name: string });
  return new Map(answers.map(({ name, ...lookup }) => [name, lookup]));
}

function fromWords(text: string): Map<string, NameLookup> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line): [string, NameLookup] => {
      const [name = '', address] = line.trim().split(/\s+/);
      return [name, address ? { address } : { error: 'the name does not resolve' }];
    }),
  );
}
