#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`mcpk needs Node.js 20.19 or newer; this is ${process.version}\n`);
  process.exitCode = 3;
} else {
  const { main } = await import('../dist/cli.js');
  await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url)));
}
