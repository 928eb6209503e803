import { describe, expect, it } from 'vitest';
import { diagnoseLog } from '../../src/core/diagnosis.ts';

const context = { server: 'fetch', uid: 1000, image: 'mcp/fetch:1', argv: ['mcp-server-fetch'] };

describe('diagnoseLog', () => {
  it.each([
    [
      'mcpk-bridge: cannot start server: fork/exec /app/bin/fetch: permission denied (uid 1001, gid 1001)',
      'server.exec-denied',
      'uid 1001 may not execute /app/bin/fetch',
    ],
    [
      '2025/01/01 Error running command: fork/exec /app/bin/fetch: permission denied',
      'server.exec-denied',
      'uid 1000 may not execute /app/bin/fetch',
    ],
    ['exec: "/srv/run": permission denied: unknown', 'server.exec-denied', '/srv/run'],
    [
      'cannot start server: fork/exec nodee: no such file or directory: not found in PATH (uid 1000, gid 1000)',
      'server.exec-not-found',
      'no program nodee',
    ],
    ['exec: "uvx": executable file not found in $PATH', 'server.exec-not-found', 'no program uvx'],
    [
      'cannot start server: fork/exec /a/b: no such file or directory: the file is there, the interpreter that it names is not (uid 1, gid 1)',
      'server.interpreter-missing',
      '/a/b',
    ],
    [
      'cannot start server: fork/exec /a/b: exec format error: built for another CPU, or a script without #! (uid 1, gid 1)',
      'server.exec-format',
      '/a/b',
    ],
    ['exec /a/b: exec format error', 'server.exec-format', ''],
    ["Error: EROFS: read-only file system, mkdir '/app/cache'", 'server.read-only-file-system', '/app/cache'],
    ["OSError: [Errno 30] Read-only file system: '/app/db.sqlite'", 'server.read-only-file-system', '/app/db.sqlite'],
    ["Error: EACCES: permission denied, open '/.npmrc'", 'server.permission-denied', '/.npmrc'],
    ["PermissionError: [Errno 13] Permission denied: '/data/x'", 'server.permission-denied', '/data/x'],
    ["ModuleNotFoundError: No module named 'mcp'", 'server.module-missing', 'mcp'],
    ["Error: Cannot find module '/app/index.js'", 'server.module-missing', '/app/index.js'],
    ['GITHUB_PERSONAL_ACCESS_TOKEN not set', 'server.env-missing', 'GITHUB_PERSONAL_ACCESS_TOKEN'],
    ['Error: getaddrinfo ENOTFOUND db.example.com', 'server.name-not-resolved', 'db.example.com'],
    ['FATAL ERROR: Reached heap limit - JavaScript heap out of memory', 'server.out-of-memory', 'memory'],
  ])('%s', (line, id, words) => {
    const diagnosis = diagnoseLog(`starting\n${line}\nmore`, context);
    expect(diagnosis?.id).toBe(id);
    expect(diagnosis?.cause).toContain(words);
    expect(diagnosis?.remedies.length).toBeGreaterThan(0);
  });

  it('names the start error first when later lines complain as well', () => {
    const log = "EACCES: permission denied, open '/x'\nError running command: fork/exec /a: permission denied";
    expect(diagnoseLog(log, context)?.id).toBe('server.exec-denied');
  });

  it.each(['', 'listening on :4444', 'GET /a 200', 'the tool set was found'])('says nothing about: %s', (log) => {
    expect(diagnoseLog(log, context)).toBeUndefined();
  });

  it('tells how to cure a denied execution in the words of the config', () => {
    const remedies = diagnoseLog('fork/exec /app/x: permission denied', context)?.remedies.join('\n') ?? '';
    expect(remedies).toContain('FROM mcp/fetch:1');
    expect(remedies).toContain('servers.fetch.image');
    expect(remedies).toContain('servers.fetch.security.runAsUser');
    expect(remedies).toContain('hardened');
  });
});
