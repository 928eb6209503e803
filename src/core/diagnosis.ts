/** Why a server does not work, told from its log. Used by deploy and verify alike. */
export interface Diagnosis {
  /** Stable id, also the page name of `mcpk explain`. */
  id: string;
  /** One sentence. */
  cause: string;
  /** What to do, best first. */
  remedies: string[];
}

/** What the log belongs to. */
export interface LogContext {
  server: string;
  uid: number;
  image: string;
  argv: string[];
}

interface Signature {
  pattern: RegExp;
  diagnose: (match: RegExpExecArray, context: LogContext) => Diagnosis;
}

const START_ERRORS: Signature[] = [
  {
    // mcpk's bridge, docker's bridge and the container runtime all name the path so.
    pattern: /(?:fork\/exec|exec:?) "?([^\s":]+)"?: (?:permission denied|operation not permitted)(?:.*?\(uid (\d+))?/i,
    diagnose: (match, context) => executionDenied(match[1] ?? '', Number(match[2] ?? context.uid), context),
  },
  {
    pattern: /(?:fork\/exec|exec:?) "?([^\s":]+)"?: .*?exec format error|exec format error/i,
    diagnose: (match, { server, image }) => ({
      id: 'server.exec-format',
      cause: `${match[1] ?? 'the program'} in ${image} is built for another CPU than the node's, or is a script without a #! line`,
      remedies: [
        `use an image for the nodes' CPU as servers.${server}.image (kubectl get nodes -L kubernetes.io/arch)`,
      ],
    }),
  },
  {
    pattern: /(?:fork\/exec|exec:?) "?([^\s":]+)"?: .*?the interpreter that it names is not/i,
    diagnose: (match, { server, image }) => ({
      id: 'server.interpreter-missing',
      cause: `${match[1] ?? ''} is in ${image}, but the interpreter that its first line names is not`,
      remedies: [
        `use an image that has the interpreter as servers.${server}.image`,
        `or call the interpreter that is there in servers.${server}.command`,
      ],
    }),
  },
  {
    pattern:
      /(?:fork\/exec|exec:?) "?([^\s":]+)"?: (?:executable file not found|no such file or directory|stat .*no such file)/i,
    diagnose: (match, { server, image }) => ({
      id: 'server.exec-not-found',
      cause: `${image} has no program ${match[1] ?? ''}`,
      remedies: [`correct servers.${server}.command (docker image inspect ${image} shows the image's own)`],
    }),
  },
];

const PATH = String.raw`(?:[^'"\n]*?['"]([^'"\n]+)['"])?`;

const RUN_TIME_ERRORS: Signature[] = [
  {
    pattern: new RegExp(`(?:EROFS|read-only file ?system)${PATH}`, 'i'),
    diagnose: (match, { server }) => ({
      id: 'server.read-only-file-system',
      cause: `the server writes ${match[1] ? `to ${match[1]}` : 'to its image'}, which is read-only`,
      remedies: [
        `point it to a writable place, such as /tmp, by servers.${server}.env`,
        `or mount one: servers.${server}.volumes: [{ name: data, mountPath: ${folderOf(match[1])}, size: 1Gi }]`,
      ],
    }),
  },
  {
    pattern: new RegExp(`(?:EACCES|PermissionError|permission denied)${PATH}`, 'i'),
    diagnose: (match, { server, uid, image }) => ({
      id: 'server.permission-denied',
      cause: `uid ${uid} may not use ${match[1] ?? 'a file'} of ${image}`,
      remedies: [
        `point it to a writable place, such as /tmp, by servers.${server}.env`,
        `or run as the file's owner: servers.${server}.security.runAsUser`,
      ],
    }),
  },
  {
    pattern: /(?:ModuleNotFoundError: No module named|Cannot find (?:module|package)) ['"]([^'"\n]+)['"]/,
    diagnose: (match, { server, image }) => ({
      id: 'server.module-missing',
      cause: `${image} lacks the module ${match[1] ?? ''}`,
      remedies: [`use an image that has it as servers.${server}.image`, `or correct servers.${server}.command`],
    }),
  },
  {
    pattern:
      /\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[^\n]{0,60}(?:is required|must be set|not set|is missing|not found|not provided)/,
    diagnose: (match, { server }) => ({
      id: 'server.env-missing',
      cause: `the server wants ${match[1] ?? ''}, which is not set`,
      remedies: [
        `a secret: servers.${server}.secrets: [{ env: ${match[1] ?? ''}, from: { name: ${server}, key: token } }]`,
        `no secret: servers.${server}.env.${match[1] ?? ''}`,
      ],
    }),
  },
  {
    pattern:
      /(?:ENOTFOUND|EAI_AGAIN|Temporary failure in name resolution|Name or service not known|no such host)[ \t]*([\w.-]+\.[\w.-]+)?/,
    diagnose: (match, { server }) => ({
      id: 'server.name-not-resolved',
      cause: `the server cannot look up ${match[1] ?? 'a host name'}`,
      remedies: [
        "check the cluster's DNS: kubectl -n kube-system get pods -l k8s-app=kube-dns",
        `and servers.${server}.egress`,
      ],
    }),
  },
  {
    pattern: /heap out of memory|MemoryError|Cannot allocate memory/,
    diagnose: (_match, { server }) => ({
      id: 'server.out-of-memory',
      cause: 'the server runs out of memory',
      remedies: [`raise servers.${server}.resources.limits.memory`],
    }),
  },
];

/**
 * The cause that a log tells, if it tells one: start errors before run-time errors, since the latter often follow.
 * @param text log lines, any number
 */
export function diagnoseLog(text: string, context: LogContext): Diagnosis | undefined {
  for (const { pattern, diagnose } of [...START_ERRORS, ...RUN_TIME_ERRORS]) {
    const match = pattern.exec(text);
    if (match) return diagnose(match, context);
  }
  return undefined;
}

/**
 * The commonest fault of published images: root installed something under /root (0700), and the program that everybody
 * may execute leads there.
 */
function executionDenied(path: string, uid: number, { server, image }: LogContext): Diagnosis {
  return {
    id: 'server.exec-denied',
    cause: `uid ${uid} may not execute ${path} in ${image} (permission denied): the file, or what it leads to, is open to root only`,
    remedies: [
      `build an image that opens the way (FROM ${image}, USER root, RUN chmod o+x /root${parents(path)}) and set it as servers.${server}.image`,
      `run as the uid that owns it: servers.${server}.security.runAsUser (docker run --rm --entrypoint ls ${image} -lnd ${path})`,
      'use a hardened image that is made to run without root, where there is one',
    ],
  };
}

/** Where the path itself lies under a root-only place, other than /root, its folder may be what is closed. */
function parents(path: string): string {
  const folder = folderOf(path);
  return path.startsWith('/root/') && folder !== '/root' ? ` ${folder}` : '';
}

function folderOf(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/')) return '/data';
  return path.slice(0, path.lastIndexOf('/')) || '/data';
}
