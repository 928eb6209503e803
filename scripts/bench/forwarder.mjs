// Stands for docker-mcp-bridge: a server process for each TCP connection, started when it opens, bytes passed on.
// usage: node forwarder.mjs PORT COMMAND [ARG...]
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const [port, program, ...args] = process.argv.slice(2);
createServer({ noDelay: true }, (socket) => {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  child.stdin.on('error', () => {});
  socket.on('error', () => {});
  socket.on('close', () => child.kill());
}).listen(Number(port), '127.0.0.1');
