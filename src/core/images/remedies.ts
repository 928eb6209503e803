import { toText } from './bytes.ts';
import { parsePasswd } from './identity.ts';
import { type Image, type Judgement, judge, type Node } from './judge.ts';
import { type Change, dockerfileLines, mend } from './mend.ts';
import { ALMIGHTY } from './open-file.ts';
import type { ContainerSettings } from './settings.ts';
import { walk } from './walk.ts';

/** Something to do, of which the analysis says that the program starts then. */
export interface Remedy {
  id:
    | 'identity'
    | 'derived-image'
    | 'dockerfile'
    | 'root-in-user-namespace'
    | 'root-without-capabilities'
    | 'writable'
    | 'user';
  title: string;
  /** Below `servers.NAME` in mcpk.yaml. */
  config?: Record<string, unknown>;
  command?: string;
  dockerfile?: string[];
  changes?: Change[];
}

/** A uid, with the gid that goes with it; without one the image's passwd decides, and gid 0 where it has no such user. */
export interface WorkingIdentity {
  runAsUser: number;
  runAsGroup?: number;
}

const MAX_ACCOUNTS = 12;
const USUAL = [1000, 65532, 10001];

/** Identities without root as which the program starts: the best first. */
export function workingIdentities(
  image: Image,
  settings: ContainerSettings,
  node: Node,
  before: Judgement,
): WorkingIdentity[] {
  const passwd = walk({ files: image.files, ...node }, ALMIGHTY, '/etc/passwd', image.files.root()).inode?.text ?? '';
  const accounts = parsePasswd(passwd);
  const user = image.config.user.split(':')[0] ?? '';
  const own = /^\d+$/.test(user) ? Number(user) : accounts.find(({ name }) => name === user)?.uid;
  const owners = before.chain.flatMap(({ steps }) =>
    steps.flatMap(({ inode, errno }) => (inode && errno ? [inode] : [])),
  );
  const uids = [
    own,
    settings.runAsUser,
    ...USUAL,
    ...owners.map(({ uid }) => uid),
    ...accounts.slice(0, MAX_ACCOUNTS).map(({ uid }) => uid),
  ];
  const found: WorkingIdentity[] = [];
  for (const uid of new Set(uids.filter((one): one is number => one !== undefined && one > 0))) {
    const gids = new Set([
      uid,
      accounts.find((one) => one.uid === uid)?.gid,
      ...owners.map(({ gid }) => gid).filter((gid) => gid > 0),
      undefined,
    ]);
    for (const gid of gids) {
      const identity = { runAsUser: uid, runAsGroup: gid };
      if (judge(image, { ...settings, ...identity }, node).verdict === 'fails') continue;
      found.push({ runAsUser: uid, ...(gid !== undefined && { runAsGroup: gid }) });
    }
  }
  return found;
}

/** What would help, the least invasive first; each was judged and does not fail. */
export function remediesFor(
  image: Image,
  settings: ContainerSettings,
  node: Node,
  { before, name, works }: { before: Judgement; name: string; works: WorkingIdentity[] },
): Remedy[] {
  if (before.verdict === 'risky') return writableRemedies(before);
  if (before.verdict !== 'fails') return [];
  const remedies: Remedy[] = [];
  const best = works.find(({ runAsGroup }) => runAsGroup !== undefined) ?? works[0];
  if (best) {
    const gid = best.runAsGroup === undefined ? 'no runAsGroup' : `gid ${best.runAsGroup}`;
    remedies.push({
      id: 'identity',
      title: `run it as uid ${best.runAsUser} with ${gid}: it starts then`,
      config: { security: { ...best } },
    });
  }
  const mended = mend(image, settings, node);
  if (mended) {
    const what = mended.changes.map(describeChange).join(', ');
    remedies.push(
      {
        id: 'derived-image',
        title: `derive an image that differs in ${what}`,
        command: `mcpk fix ${name} --output oci:DIR`,
        changes: mended.changes,
      },
      {
        id: 'dockerfile',
        title: 'the same as lines of a Dockerfile, to build or to send upstream',
        dockerfile: dockerfileLines(
          /^(oci|oci-archive|docker-archive):/.test(name) ? 'IMAGE' : name,
          image.config.user,
          mended.changes,
        ),
      },
    );
  }
  const asRoot = { ...settings, runAsUser: 0, runAsGroup: 0, runAsNonRoot: false, capabilities: [] };
  if (judge(image, asRoot, node).verdict !== 'fails') {
    remedies.push(
      {
        id: 'root-in-user-namespace',
        title:
          'run it as uid 0 of a user namespace of its own, without capabilities: Pod Security "restricted" allows that from v1.35 on, where nodes have user namespaces',
        config: { security: { runAsUser: 0, hostUsers: false } },
      },
      {
        id: 'root-without-capabilities',
        title:
          'last of all: uid 0 without capabilities in a namespace that enforces "baseline" only (securityContext: runAsUser 0, drop ALL)',
      },
    );
  }
  return remedies;
}

export function describeChange({ path, chmod, dropCapabilities }: Change): string {
  return [
    ...(chmod ? [`${chmod} ${toText(path)}`] : []),
    ...(dropCapabilities ? [`no file capabilities of ${toText(path)}`] : []),
  ].join(' and ');
}

function writableRemedies({ writes }: Judgement): Remedy[] {
  const paths = writes.filter(({ role }) => role === 'volume').map(({ path }) => path);
  const home = writes.some(({ role }) => role === 'home');
  return [
    ...(home
      ? [{ id: 'writable' as const, title: 'give it a HOME that it may write to', config: { env: { HOME: '/tmp' } } }]
      : []),
    ...paths.map((path) => ({
      id: 'writable' as const,
      title: `mount a volume at ${path}, where the image keeps data; or \`writable: [${path}]\`, which loses them at each start`,
      config: { volumes: [{ name: 'data', mountPath: path }] },
    })),
  ];
}
