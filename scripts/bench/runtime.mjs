// `npm run bench -- runtime [--short] [--write]`: the bridge and the gateway beside other ways to a stdio server.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { overHttp, overTcp } from './clients.mjs';
import { latencies, memory, newSession, start, throughput } from './measure.mjs';
import { machine, toMarkdown } from './report.mjs';
import { freePort, missing, once, Programs, SUBJECTS, serverArgv, startBridge, startGateway } from './subjects.mjs';

const FULL = {
  rounds: 10,
  calls: 100,
  slowCalls: 3,
  warmUp: 200,
  sessions: 7,
  clients: [1, 8, 32],
  loadMs: 3000,
  counts: [0, 10, 100],
};
const SHORT = {
  rounds: 3,
  calls: 50,
  slowCalls: 1,
  warmUp: 50,
  sessions: 2,
  clients: [1, 8],
  loadMs: 1000,
  counts: [0, 10],
};

export async function benchRuntime(args) {
  const flags = { short: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } };
  const { values } = parseArgs({ args, options: flags });
  const why = missing();
  if (why) throw new Error(why);
  const options = { short: values.short, ...(values.short ? SHORT : FULL) };
  const subjects = SUBJECTS.filter(({ name, missing: lacks }) => {
    const reason = lacks?.();
    if (reason) console.log(`skipped: ${name}: ${reason}`);
    return !reason;
  });
  const result = {
    machine: machine(),
    options,
    subjects: await measureCalls(subjects, options),
    deadServer: await withDeadServer(),
  };
  for (const subject of result.subjects) subject.memory = await measureMemory(subject.name, options);
  const text = toMarkdown(result);
  console.log(`\n${text}`);
  if (!values.write) return;
  writeFileSync('docs/benchmarks.md', text);
  writeFileSync('docs/benchmarks.json', `${JSON.stringify(result, null, 2)}\n`);
}

async function measureCalls(subjects, options) {
  const programs = new Programs();
  try {
    const running = [];
    for (const subject of subjects) {
      progress(`starting ${subject.name}`);
      running.push(await start(subject, programs));
    }
    progress('latencies');
    const latency = await latencies(running, options);
    for (const { session } of running) session.close();
    const results = [];
    for (const [i, one] of running.entries()) {
      const { subject, startMs } = one;
      progress(`new sessions of ${subject.name}`);
      const newSessionMs = await newSession(one, options.sessions);
      const perSecond = {};
      for (const clients of options.clients) {
        progress(`${subject.name}, ${clients} clients`);
        perSecond[clients] = await throughput(one, clients, options.loadMs).catch((error) => said(subject, error));
      }
      results.push({ name: subject.name, startMs, latency: latency[i], newSessionMs, throughput: perSecond });
    }
    return results;
  } finally {
    await programs.stop();
  }
}

/** Each alone, and anew for each count: what a former session left behind is not counted. */
async function measureMemory(name, { counts }) {
  const subject = SUBJECTS.find((one) => one.name === name);
  if (name.startsWith('direct') || subject.slow) return undefined;
  const found = {};
  for (const count of counts) {
    progress(`memory of ${name}, ${count} sessions`);
    const programs = new Programs();
    try {
      const one = await start(subject, programs);
      one.session.close();
      found[count] = await memory(one, count).catch((error) => said(subject, error));
    } finally {
      await programs.stop();
    }
  }
  return found;
}

/** What cannot be measured is left empty, and told. */
function said({ name }, error) {
  console.log(`${name}: ${error.message}`);
  return undefined;
}

/** From the start of the gateway to the tools of the server that lives. */
async function withDeadServer() {
  const programs = new Programs();
  try {
    const bridge = await startBridge(programs, serverArgv());
    const [good, dead] = [{ tcp: `127.0.0.1:${bridge.port}` }, { tcp: `127.0.0.1:${await freePort()}` }];
    const direct = await once('the bridge', () => overTcp(bridge.port));
    await direct.call();
    direct.close();
    const begin = performance.now();
    const gateway = await startGateway(programs, { good, dead });
    const session = await once('the gateway', () => overHttp(gateway.port));
    await session.call();
    const took = performance.now() - begin;
    session.close();
    return { firstAnswerMs: took };
  } finally {
    await programs.stop();
  }
}

function progress(what) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${what}`);
  else process.stderr.write(`${what}\n`);
}
