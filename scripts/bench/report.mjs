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
${deadServer}
`;
}
