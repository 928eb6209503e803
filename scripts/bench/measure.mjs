// What is measured of each way to a server.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from './subjects.mjs';

/** After a session has ended its proxy may start the next process ahead. */
const SETTLE_MS = 1500;

async function timed(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

/** Starts it. @returns the subject, with the time from the start of its programs to the first answer */
export async function start(subject, programs) {
  const begin = performance.now();
  const running = await subject.start(programs);
  const session = await once(subject.name, async () => {
    const opened = await running.connect();
    await opened.call();
    return opened;
  });
  return { subject, running, session, startMs: performance.now() - begin };
}

/** Milliseconds from the connect of a new session to the answer of its first call, when nothing else happens. */
export async function newSession({ running }, rounds) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await delay(SETTLE_MS);
    let session;
    times.push(
      await timed(async () => {
        session = await running.connect();
        await session.call();
      }),
    );
    session.close();
  }
  return quantile(times, 0.5);
}

/** Calls one after the other, a few of each subject in turn, so that a busy moment of the machine meets them all. */
export async function latencies(all, { rounds, calls, slowCalls, warmUp }) {
  const times = new Map(all.map((one) => [one, []]));
  for (let round = -1; round < rounds; round++) {
    for (const one of all) {
      const count = one.subject.slow ? slowCalls : round < 0 ? warmUp : calls;
      for (let call = 0; call < count; call++) {
        const ms = await timed(one.session.call);
        if (round >= 0) times.get(one).push(ms);
      }
    }
  }
  return all.map((one) => {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(times.get(one), q));
    return { p50, p95, p99, calls: times.get(one).length };
  });
}

/** Calls per second of clients that each have a session and call again as soon as they are answered. */
export async function throughput({ running }, clients, forMs) {
  const sessions = await openAll(running, clients);
  await Promise.all(sessions.map((session) => session.call()));
  let calls = 0;
  const begin = performance.now();
  const end = begin + forMs;
  await Promise.all(
    sessions.map(async (session) => {
      while (performance.now() < end) {
        await session.call();
        calls++;
      }
    }),
  );
  const perSecond = (calls * 1000) / (performance.now() - begin);
  for (const session of sessions) session.close();
  return perSecond;
}

/** Resident megabytes of its own processes (not the servers') with so many sessions open, each of which has called. */
export async function memory({ running }, count) {
  const sessions = await openAll(running, count);
  for (const session of sessions) await session.call();
  await delay(SETTLE_MS);
  const megabytes = running.pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0);
  const servers = running.pids.reduce((sum, pid) => sum + descendants(pid), 0);
  for (const session of sessions) session.close();
  return { megabytes, servers };
}

/** A few at a time: a hundred processes that start at once would only wait for each other. */
async function openAll(running, count) {
  const sessions = [];
  while (sessions.length < count) {
    const batch = Math.min(4, count - sessions.length);
    sessions.push(...(await Promise.all(Array.from({ length: batch }, running.connect))));
  }
  return sessions;
}

function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024;
}

function descendants(ancestor) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    const parent = parentOf(entry);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const count = (pid) => (children.get(pid) ?? []).reduce((sum, child) => sum + 1 + count(child), 0);
  return count(ancestor);
}

function parentOf(entry) {
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
