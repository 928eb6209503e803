// The figures as JSON, and as the tables of docs/benchmarks.md.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

export function machine() {
  const go = execFileSync('go', ['version'], { encoding: 'utf8' }).split(' ')[2];
  return {
    cpu: `${cpus().length} × ${cpus()[0].model}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version,
    go,
  };
}

const ms = (value) => (value === undefined ? '' : value < 10 ? value.toFixed(2) : value.toFixed(0));
const ratio = (value, floor) => (value === undefined ? '' : (value / floor).toFixed(1));

function table(head, rows) {
  return [
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

/** design: what was promised, and what this run shows. */
function budgets(subjects, deadServer) {
  const of = (name) => subjects.find((subject) => subject.name === name);
  const [direct, bridge, both] = ['direct, stdio', 'mcpk bridge', 'mcpk bridge + gateway'].map(of);
  const rivals = subjects.filter(({ name }) => /^(supergateway|mcp-proxy)/.test(name));
  const best = Math.min(...rivals.map(({ latency }) => latency.p50));
  const row = (what, value, limit, unit) => [
    what,
    `${limit} ${unit}`,
    `${ms(value)} ${unit}`,
    value < limit ? 'met' : '**not met**',
  ];
  return [
    row(
      'a call through bridge and gateway, over the direct call, p50',
      both.latency.p50 - direct.latency.p50,
      0.5,
      'ms',
    ),
    row('the same beside the best of the other proxies, p50', both.latency.p50 / best, 1, 'times'),
    row('first call of a new session, over the direct call', both.newSessionMs - direct.latency.p50, 10, 'ms'),
    row('first answer of the gateway with one dead server', deadServer.firstAnswerMs, 1000, 'ms'),
    row('memory of the bridge, 10 sessions', bridge.memory[10].megabytes, 6, 'MB'),
    row('memory of the gateway, 10 sessions', both.memory[10].megabytes - bridge.memory[10].megabytes, 64, 'MB'),
  ];
}

export function toMarkdown({ machine: on, options, subjects, deadServer }) {
  const direct = subjects[0];
  const calls = subjects.map(({ name, latency: { p50, p95, p99 }, newSessionMs, startMs }) => [
    name,
    ms(p50),
    ratio(p50, direct.latency.p50),
    (p50 - direct.latency.p50).toFixed(2),
    ms(p95),
    ms(p99),
    ms(newSessionMs),
    ms(startMs),
  ]);
  const clients = Object.keys(direct.throughput);
  const loads = subjects.map(({ name, throughput }) => [
    name,
    ...clients.flatMap((n) => [throughput[n]?.toFixed(0) ?? '', ratio(throughput[n], direct.throughput[n])]),
  ]);
  const counts = Object.keys(subjects[1].memory);
  const memory = subjects
    .filter((subject) => subject.memory)
    .map(({ name, memory: of }) => [
      name,
      ...counts.flatMap((n) => [of[n]?.megabytes.toFixed(0) ?? '', of[n]?.servers ?? '']),
    ]);
  return `# Benchmarks of the runtime
Written by \`npm run bench -- runtime --write\`${options.short ? ' --short' : ''}; the same figures are in benchmarks.json. Everything was measured in one run on one machine, so compare ratios; the times are of this machine: ${on.cpu}, ${on.memoryGiB} GiB, ${on.kernel}, Node ${on.node}, ${on.go}.

The server is \`@modelcontextprotocol/server-everything\`; every call has arguments of its own, and the answer must hold them. The client is a few lines without an SDK, the same for all. docker/mcp-gateway's image was not at hand: its bridge is emulated by a forwarder that starts a process for each connection, and by a client that connects for each call, as that gateway does without \`--long-lived\`.

## Calls
One client, calls one after the other, ${direct.latency.calls} of each after a warm-up that is not counted, in turns of ${options.calls}. Milliseconds. "new session": from connecting to the answer of the first call, when the program has been at rest for 1.5 s. "from nothing": the same, with the start of the programs.

${table(['through', 'p50', '÷ direct', '− direct', 'p95', 'p99', 'new session', 'from nothing'], calls)}

## Calls per second
Clients with a session each, calling again as soon as they are answered, for ${options.loadMs / 1000} s. Servers, clients and programs share the machine's ${on.cpu.split(' ')[0]} cores; where each session has a server process of its own, 32 clients mean 32 of them.

${table(['through', ...clients.flatMap((n) => [`${n} client${n === '1' ? '' : 's'}`, '÷ direct'])], loads)}

## Memory
Resident megabytes of the programs themselves, without the servers, and how many processes of servers there were.

${table(['program', ...counts.flatMap((n) => [`${n} sessions, MB`, 'servers'])], memory)}

## With a dead server
mcpk's gateway in front of one server that lives and one that is dead answers a tool call ${ms(deadServer.firstAnswerMs)} ms after its start. docker/mcp-gateway waits for the dead one before it serves anything; the proxies have one server only.

## Against the budgets
${table(['what', 'budget', 'this run', ''], budgets(subjects, deadServer))}
`;
}
