import type { ByteString } from './bytes.ts';

/** Names by number: linux/capability.h, without CAP_. */
const NAMES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...['LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER'],
  ...['SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE'],
  ...['SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP'],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
];

const REVISIONS: Record<number, { length: number; words: number }> = {
  1: { length: 12, words: 1 },
  2: { length: 20, words: 2 },
  3: { length: 24, words: 2 },
};

/**
 * What the attribute `security.capability` does to execve(2): capabilities(7), security/commoncap.c.
 * @param bounding what the container may have at most
 * @returns what the file insists on and cannot get: EPERM where that is not empty
 */
export function missingCapabilities(
  attribute: ByteString,
  bounding: readonly string[],
): { names: string[] } | { invalid: true } {
  const bytes = Buffer.from(attribute, 'latin1');
  const revision = bytes.length >= 4 ? REVISIONS[bytes.readUInt32LE(0) >>> 24] : undefined;
  if (!revision || bytes.length !== revision.length) return { invalid: true };
  // Of another user namespace: it does not count here.
  if (bytes.length === 24 && bytes.readUInt32LE(20) !== 0) return { names: [] };
  if ((bytes.readUInt32LE(0) & 1) === 0) return { names: [] };
  const names: string[] = [];
  for (let word = 0; word < revision.words; word++) {
    const permitted = bytes.readUInt32LE(4 + 8 * word);
    for (let bit = 0; bit < 32; bit++)
      if ((permitted >>> bit) & 1) names.push(NAMES[32 * word + bit] ?? `${32 * word + bit}`);
  }
  return { names: names.filter((name) => !bounding.includes(name)) };
}
