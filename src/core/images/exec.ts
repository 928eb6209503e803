import { EXECUTE, mayAccess } from './access.ts';
import type { ByteString } from './bytes.ts';
import type { Elf } from './elf.ts';
import { missingCapabilities } from './file-capability.ts';
import type { Inode } from './file-tree.ts';
import type { Identity } from './identity.ts';
import { parseShebang } from './shebang.ts';
import { type Errno, type Step, type Walk, type World, walk } from './walk.ts';

/** One file that execve(2) opens: the program, the interpreters that scripts name, the loader of an ELF program. */
export interface Opened {
  /** As it was named. */
  path: ByteString;
  role: 'program' | 'interpreter' | 'loader';
  steps: Step[];
  inode?: Inode;
  /** Argument that the script's first line adds. */
  argument?: ByteString;
}

export interface Execution {
  /** What execve(2) returns; absent where the program starts. */
  errno?: Errno;
  /** Why, in words, where the errno alone does not say. */
  reason?: string;
  /** It could not be found out: the reason says why. */
  unknown?: true;
  opened: Opened[];
}

/** The kernel goes from script to interpreter so many times (fs/exec.c exec_binprm). */
const MAX_INTERPRETERS = 5;

/** execve(2) as the kernel does it for an identity, without running anything. */
export function execve(world: World, identity: Identity, path: ByteString, cwd: Inode): Execution {
  const opened: Opened[] = [];
  let role: Opened['role'] = 'program';
  for (let depth = 0, next = path; ; depth++) {
    const file = openForExecution(world, identity, { path: next, role, cwd });
    const entry: Opened = { path: next, role, steps: file.steps };
    opened.push(entry);
    if (!file.inode || file.errno) return failure(opened, file.errno ?? 'ENOENT', file.reason);
    entry.inode = file.inode;
    if (depth > MAX_INTERPRETERS) return failure(opened, 'ELOOP', 'scripts that are interpreted by scripts');
    const { program } = file.inode;
    if (program?.kind !== 'script') return finish(world, identity, file.inode, cwd, opened);
    const line = parseShebang(program.text);
    if (!line) return failure(opened, 'ENOEXEC', 'its first line names no interpreter');
    if (line.argument !== undefined) entry.argument = line.argument;
    next = line.interpreter;
    role = 'interpreter';
  }
}

function failure(opened: Opened[], errno: Errno, reason?: string): Execution {
  return { errno, ...(reason !== undefined && { reason }), opened };
}

/** open_exec: a regular file that may be executed, on a mount that allows it. */
function openForExecution(
  world: World,
  identity: Identity,
  { path, role, cwd }: { path: ByteString; role: Opened['role']; cwd: Inode },
): Walk & { reason?: string } {
  // An interpreter of no name is the working folder to the kernel, and a folder is not executed.
  const found = path === '' && role !== 'program' ? { inode: cwd, steps: [] } : walk(world, identity, path, cwd);
  const { inode, steps } = found;
  if (!inode) return found;
  const refuse = (reason?: string) => {
    const last = steps.findLast((step) => step.inode?.path === inode.path);
    if (last) last.errno = 'EACCES';
    return { errno: 'EACCES' as const, inode, steps, ...(reason && { reason }) };
  };
  if (inode.type !== 'file') return refuse(inode.type === 'directory' ? 'it is a folder' : 'it is no regular file');
  if (world.noexec?.(inode)) return refuse('it is on a volume that is mounted noexec');
  return mayAccess(inode, identity, EXECUTE) ? found : refuse();
}

/** The end of the chain: an ELF program and its loader. */
function finish(world: World, identity: Identity, inode: Inode, cwd: Inode, opened: Opened[]): Execution {
  const { program } = inode;
  if (!program) return { unknown: true, reason: `what ${inode.path} holds was not read`, opened };
  if (program.kind !== 'elf')
    return failure(opened, 'ENOEXEC', 'it is neither a program nor a script that starts with #!');
  if (program.partly) return { unknown: true, reason: `the headers of ${inode.path} stand too far back`, opened };
  const foreign = wrongMachine(world, program);
  if (foreign) return failure(opened, 'ENOEXEC', foreign);
  if (program.broken) return failure(opened, program.broken.errno, program.broken.why);
  if (program.interpreter !== undefined) {
    const failed = loader(world, identity, program.interpreter, cwd, opened);
    if (failed) return failed;
  }
  if (inode.capability === undefined) return { opened };
  const missing = missingCapabilities(inode.capability, identity.capabilities);
  if ('invalid' in missing) return failure(opened, 'EINVAL', 'its file capabilities are malformed');
  return missing.names.length === 0
    ? { opened }
    : failure(opened, 'EPERM', `it insists on the capabilities ${missing.names.join(', ')}`);
}

function loader(
  world: World,
  identity: Identity,
  path: ByteString,
  cwd: Inode,
  opened: Opened[],
): Execution | undefined {
  const file = openForExecution(world, identity, { path, role: 'loader', cwd });
  opened.push({ path, role: 'loader', steps: file.steps, ...(file.inode && { inode: file.inode }) });
  if (!file.inode || file.errno) return failure(opened, file.errno ?? 'ENOENT', file.reason);
  const { program, size = 0 } = file.inode;
  if (!program) return { unknown: true, reason: `what ${file.inode.path} holds was not read`, opened };
  const headerSize = 64;
  if (size < headerSize) return failure(opened, 'EIO', 'the loader is cut off');
  if (program.kind !== 'elf' || wrongMachine(world, program))
    return failure(opened, 'ELIBBAD', 'the loader is no ELF program of this CPU');
  return (
    program.broken && {
      unknown: true,
      reason: `the loader ${file.inode.path} is broken: ${program.broken.why}`,
      opened,
    }
  );
}

/** A 64-bit kernel of x86 also runs programs for 32 bits. */
function wrongMachine(world: World, program: Elf): string | undefined {
  const compatible = world.machine === 62 && program.machine === 3 && program.bits === 32;
  return program.machine === world.machine || compatible ? undefined : 'it is built for another CPU';
}
