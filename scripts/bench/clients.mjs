// MCP clients with nothing in them but the protocol, so that what is measured is not the client.
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

const REVISION = '2025-06-18';
const ANSWER_MS = 20_000;

const initialize = (id) => ({
  jsonrpc: '2.0',
  id,
  method: 'initialize',
  params: { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: 'mcpk-bench', version: '1' } },
});
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const echo = (id, message) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'echo', arguments: { message } },
});

/** An answer that does not hold what was sent is no answer. */
function expectEcho(answer, message) {
  const text = answer.result?.content?.[0]?.text;
  if (text !== `Echo: ${message}`) throw new Error(`asked for ${message}, got ${JSON.stringify(answer)}`);
}

/** One session; calls go one after the other. */
function session(ask, tell, close) {
  let id = 1;
  let calls = 0;
  return {
    open: async () => {
      const { error } = await ask(initialize(id++));
      if (error) throw new Error(error.message);
      await tell(initialized);
    },
    /** Every call has arguments of its own, so that nobody can answer from memory. */
    call: async () => {
      const message = `message ${++calls} of ${Math.random()}`;
      expectEcho(await ask(echo(id++, message)), message);
    },
    close,
  };
}

/** Newline-delimited JSON on two streams. */
function overLines(input, output, close) {
  const waiting = new Map();
  const fail = (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const take = (line) => {
    const message = JSON.parse(line);
    if (message.method !== undefined) return;
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  };
  let rest = '';
  input.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.trim() !== '') take(line);
  });
  input.on('close', () => fail(new Error('the connection was closed')));
  input.on('error', fail);
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
      const settle = (then) => (value) => {
        clearTimeout(timer);
        then(value);
      };
      waiting.set(message.id, { resolve: settle(resolve), reject: settle(reject) });
      output.write(`${JSON.stringify(message)}\n`);
    });
  return session(ask, async (message) => void output.write(`${JSON.stringify(message)}\n`), close);
}

export async function overStdio(argv) {
  const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
  const one = overLines(child.stdout, child.stdin, () => child.kill());
  await one.open();
  return one;
}

export async function overTcp(port) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const one = overLines(socket, socket, () => socket.destroy());
  await one.open();
  return one;
}

/** Streamable HTTP on one kept connection. */
export async function overHttp(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let id;
  const post = (message) => httpPost({ port, agent, id }, message);
  const ask = async (message) => {
    const answer = await post(message);
    id ??= answer.session;
    if (!answer.message) throw new Error(`HTTP ${answer.status}`);
    return answer.message;
  };
  // A client that takes its leave, so that what was kept for it can be used again.
  const leave = () => httpDelete({ port, agent, id }).finally(() => agent.destroy());
  const one = session(ask, post, leave);
  await one.open();
  return one;
}

function httpPost({ port, agent, id }, message) {
  const body = JSON.stringify(message);
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': Buffer.byteLength(body),
    'mcp-protocol-version': REVISION,
    ...(id && { 'mcp-session-id': id }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path: '/mcp', method: 'POST', agent, headers, timeout: ANSWER_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status, headers: got } = response;
          resolve({ status, session: got['mcp-session-id'], message: answerIn(text, message.id) });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function httpDelete({ port, agent, id }) {
  const headers = { ...(id && { 'mcp-session-id': id }) };
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/mcp', method: 'DELETE', agent, headers, timeout: ANSWER_MS };
    const outgoing = request(options, (response) => response.resume().on('close', resolve));
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', resolve);
    outgoing.end();
  });
}

/** A body is one message, or a stream of events with one each. */
function answerIn(text, id) {
  const bodies = text.startsWith('{') ? [text] : [...text.matchAll(/^data: ?(.+)$/gm)].map(([, data]) => data);
  return bodies.map((body) => JSON.parse(body)).find((message) => message.id === id && id !== undefined);
}
