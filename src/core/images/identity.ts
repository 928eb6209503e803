import { type ByteString, toBytes, toText } from './bytes.ts';

/** Who a process is to the kernel. */
export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups. */
  groups: number[];
  /** Names of effective capabilities, as Kubernetes writes them: without CAP_. */
  capabilities: string[];
}

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** Lines of /etc/passwd; what is malformed is skipped, as the runtimes do. */
export function parsePasswd(text: ByteString): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    return name && /^\d+$/.test(uid) && /^\d+$/.test(gid)
      ? [{ name: toText(name), uid: Number(uid), gid: Number(gid), home: toText(home) }]
      : [];
  });
}

function parseGroup(text: ByteString): { name: string; gid: number; members: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    return name && /^\d+$/.test(gid)
      ? [{ name: toText(name), gid: Number(gid), members: toText(members).split(',').filter(Boolean) }]
      : [];
  });
}

/** What a pod and an image say about the user. */
export interface UserSettings {
  runAsUser?: number | undefined;
  runAsGroup?: number | undefined;
  runAsNonRoot?: boolean | undefined;
  fsGroup?: number | undefined;
  supplementalGroups?: number[] | undefined;
  /** `User` of the image's configuration. */
  imageUser: string;
  capabilities: string[];
}

const MAX_ID = 2147483647;

export type IdentityResult =
  | { ok: true; identity: Identity; account: Account | undefined }
  /** Why no container is made, as the kubelet or the runtime says it. */
  | { ok: false; message: string };

/**
 * The identity that a container gets: containerd's WithUser, WithUserID and WithAdditionalGIDs (pkg/oci/spec_opts.go)
 * and the kubelet's check of runAsNonRoot.
 */
export function identityOf(settings: UserSettings, passwd: ByteString, group: ByteString): IdentityResult {
  const accounts = parsePasswd(passwd);
  const refusal = refuseRoot(settings);
  if (refusal) return { ok: false, message: refusal };
  const user = userOf(settings, accounts, parseGroup(group));
  if ('message' in user) return { ok: false, message: user.message };
  const { uid, account } = user;
  const gid = settings.runAsGroup ?? user.gid;
  if (uid > MAX_ID || gid > MAX_ID) return { ok: false, message: `uids and gids must be in range 0-${MAX_ID}` };
  const named = account
    ? parseGroup(group)
        .filter(({ members }) => members.includes(account.name))
        .map((entry) => entry.gid)
    : [];
  const extra = [...(settings.fsGroup === undefined ? [] : [settings.fsGroup]), ...(settings.supplementalGroups ?? [])];
  const groups = [...new Set([gid, ...named, ...extra])].sort((a, b) => a - b);
  return { ok: true, identity: { uid, gid, groups, capabilities: settings.capabilities }, account };
}

/** pkg/kubelet/kuberuntime/security_context.go verifyRunAsNonRoot. */
function refuseRoot({ runAsNonRoot, runAsUser, imageUser }: UserSettings): string | undefined {
  if (!runAsNonRoot) return undefined;
  if (runAsUser !== undefined) return runAsUser === 0 ? "container's runAsUser breaks non-root policy" : undefined;
  const user = imageUser.split(':')[0] ?? '';
  if (user === '' || Number(user) === 0) return 'container has runAsNonRoot and image will run as root';
  return /^\d+$/.test(user)
    ? undefined
    : `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`;
}

function userOf(
  { runAsUser, imageUser }: UserSettings,
  accounts: Account[],
  groups: { name: string; gid: number }[],
): { uid: number; gid: number; account: Account | undefined } | { message: string } {
  const [user = '', group] = (runAsUser === undefined ? imageUser : String(runAsUser)).split(':');
  const byUid = (uid: number) => accounts.find((a) => a.uid === uid);
  const account = /^\d+$/.test(user || '0') ? byUid(Number(user || '0')) : accounts.find((a) => a.name === user);
  if (!account && !/^\d+$/.test(user || '0'))
    return { message: `unable to find user ${user}: no matching entries in passwd file` };
  const uid = account?.uid ?? Number(user || '0');
  if (group === undefined || group === '') return { uid, gid: account?.gid ?? 0, account };
  if (/^\d+$/.test(group)) return { uid, gid: Number(group), account };
  const gid = groups.find(({ name }) => name === group)?.gid;
  return gid === undefined
    ? { message: `unable to find group ${group}: no matching entries in group file` }
    : { uid, gid, account };
}

/** HOME as the runtime sets it where nobody else does (runc, getUserHome). */
export function homeOf(uid: number, passwd: ByteString): string {
  return parsePasswd(toBytes(passwd)).find((a) => a.uid === uid)?.home || '/';
}
