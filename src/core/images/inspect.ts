import { WRITABLE_HOME } from '../manifests/server-deployment.ts';
import { toText } from './bytes.ts';
import { type Account, parsePasswd } from './identity.ts';
import { type Image, type Judgement, judge, nodeFor } from './judge.ts';
import { type Change, mend } from './mend.ts';
import { ALMIGHTY } from './open-file.ts';
import { type Remedy, remediesFor, type WorkingIdentity, workingIdentities } from './remedies.ts';
import type { ContainerSettings } from './settings.ts';
import { walk } from './walk.ts';

/** What is asked of an image. */
export interface Question {
  /** As the user wrote it. */
  name: string;
  runAsUser?: number | undefined;
  runAsGroup?: number | undefined;
  /** The whole command line; undefined is the image's own. */
  argv?: string[] | undefined;
  env?: Record<string, string>;
  volumes?: readonly string[];
  /** Folders on the pod's own storage. */
  writable?: readonly string[];
}

export interface Inspection {
  judgement: Judgement;
  works: WorkingIdentity[];
  remedies: Remedy[];
}

const DEFAULT_UID = 1000;

/** Judges an image in the pod that mcpk would make of it, and looks for what helps where it does not work. */
export function inspect(image: Image, question: Question): Inspection {
  return inspectContainer(image, settingsFor(image, question), question.name);
}

/** Judges an image in a container as it is. @param name of the image, as the user wrote it */
export function inspectContainer(image: Image, settings: ContainerSettings, name: string): Inspection {
  const node = nodeFor(image.config.platform.architecture);
  const judgement = judge(image, settings, node);
  const works = workingIdentities(image, settings, node, judgement);
  return {
    judgement,
    works,
    remedies: remediesFor(image, settings, node, { before: judgement, name, works }),
  };
}

/** The changes that `mcpk fix` would make; empty where nothing needs one, undefined where none would help. */
export function changesFor(image: Image, question: Question): { judgement: Judgement; changes: Change[] | undefined } {
  const node = nodeFor(image.config.platform.architecture);
  const settings = settingsFor(image, question);
  const judgement = judge(image, settings, node);
  return { judgement, changes: judgement.verdict === 'fails' ? mend(image, settings, node)?.changes : [] };
}

/** The container that mcpk renders for a server: see core/manifests/server-deployment.ts. */
function settingsFor(image: Image, question: Question): ContainerSettings {
  const uid = question.runAsUser ?? ownUser(image)?.uid ?? DEFAULT_UID;
  const volumes = question.volumes ?? [];
  const gid = question.runAsGroup ?? (question.runAsUser === undefined ? ownUser(image)?.gid : undefined) ?? uid;
  return {
    runAsUser: uid,
    runAsGroup: gid,
    runAsNonRoot: uid !== 0,
    ...(volumes.length > 0 && { fsGroup: gid }),
    capabilities: [],
    readOnlyRootFilesystem: true,
    mounts: [
      ...['/tmp', ...(question.writable ?? [])].map((path) => ({ path, kind: 'emptyDir' as const })),
      ...volumes.map((path) => ({ path, kind: 'volume' as const })),
    ],
    command: question.argv,
    env: { ...WRITABLE_HOME, ...question.env },
  };
}

/** The image's own user, where that is not root. */
function ownUser({ files, config }: Image): { uid: number; gid: number | undefined } | undefined {
  const [user = '', group] = config.user.split(':');
  const text = walk({ files, ...nodeFor('amd64') }, ALMIGHTY, '/etc/passwd', files.root()).inode?.text ?? '';
  const accounts = parsePasswd(text);
  const account: Account | undefined = accounts.find(({ name, uid }) => name === user || String(uid) === user);
  const uid = account?.uid ?? (/^\d+$/.test(user) ? Number(user) : 0);
  if (uid === 0) return undefined;
  const gid = group !== undefined && /^\d+$/.test(group) ? Number(group) : account?.gid;
  // Group 0 is root's: it is taken only where someone asks for it.
  return { uid, gid: gid === 0 ? undefined : gid };
}

/** One line of the chain for people and programs. */
export interface ChainLine {
  of: string;
  role: 'program' | 'interpreter' | 'loader';
  path: string;
  depth: number;
  type: 'file' | 'directory' | 'symlink' | 'special' | 'missing';
  mode?: string;
  uid?: number;
  gid?: number;
  target?: string;
  errno?: string;
}

export function chainLines({ chain }: Judgement): ChainLine[] {
  return chain.flatMap(({ path, role, steps }) =>
    steps.map(({ name, depth, inode, errno }) => ({
      of: toText(path),
      role,
      path: toText(inode?.path ?? name),
      depth,
      type: inode?.type ?? ('missing' as const),
      ...(inode && { mode: inode.mode.toString(8).padStart(4, '0'), uid: inode.uid, gid: inode.gid }),
      ...(inode?.target !== undefined && { target: toText(inode.target) }),
      ...(errno && { errno }),
    })),
  );
}
