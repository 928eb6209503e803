import type { V1PodSpec } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';
import {
  containersOf,
  type Evaluate,
  inSecurityContexts,
  inUserNamespace,
  outcome,
  type PolicyCheck,
  unless,
} from './check.ts';
import { inheritedOutcome } from './inherited.ts';
import { setters } from './words.ts';

const mayBeRoot: Evaluate = (pod) =>
  inheritedOutcome(pod, {
    field: 'runAsNonRoot',
    reason: 'runAsNonRoot != true',
    read: ({ runAsNonRoot }) => (runAsNonRoot === undefined ? undefined : { allowed: runAsNonRoot }),
    mustNot: (who) => `${who} must not set securityContext.runAsNonRoot=false`,
    must: (who) => `${who} must set securityContext.runAsNonRoot=true`,
    cure: (pointer, container) => nonRoot(pod.spec, pointer, container),
  });

/**
 * None where uid 0 is asked for in so many words: the kubelet would then refuse to start a pod that runs today, and
 * which other uid works is not in the manifest.
 */
function nonRoot(spec: Readonly<V1PodSpec>, pointer: string, name: string | undefined): Edit[] | undefined {
  const podUid = spec.securityContext?.runAsUser;
  const uids = containersOf(spec).map(({ container }) => container.securityContext?.runAsUser);
  if (uids.some((uid) => (uid ?? podUid) === 0)) return undefined;
  const set: Edit = { op: 'set', pointer, value: true };
  if (name === undefined) return [set];
  const edit: Edit = spec.securityContext?.runAsNonRoot ? { op: 'delete', pointer } : set;
  const uid = uidOfOthers(spec, name);
  if (uid === undefined) return [edit];
  return [edit, { op: 'set', pointer: pointer.replace(/runAsNonRoot$/, 'runAsUser'), value: uid }];
}

/**
 * An init container that says `runAsNonRoot: false` and no uid has an image that runs as root and hands files to the
 * others: with their uid, where they agree on one, it starts, and they can read what it writes.
 */
function uidOfOthers(spec: Readonly<V1PodSpec>, container: string): number | undefined {
  const all = containersOf(spec).map((placed) => ({ ...placed, uid: placed.container.securityContext?.runAsUser }));
  const own = all.find((placed) => placed.container.name === container);
  if (spec.securityContext?.runAsUser !== undefined || own?.uid !== undefined) return undefined;
  const [uid, ...more] = new Set(all.flatMap((placed) => placed.uid ?? []));
  return own?.pointer.startsWith('/spec/initContainers/') && more.length === 0 ? uid : undefined;
}

export const runAsNonRoot: PolicyCheck = {
  id: 'runAsNonRoot',
  level: 'restricted',
  revisions: [
    { minor: 0, evaluate: mayBeRoot },
    { minor: 35, evaluate: unless(inUserNamespace, mayBeRoot) },
  ],
};

const asksForRoot: Evaluate = (pod) =>
  outcome(
    inSecurityContexts(pod, ({ runAsUser }, pointer) =>
      runAsUser === 0 ? { pointer: `${pointer}/runAsUser` } : undefined,
    ),
    () => 'runAsUser=0',
    (offences) => `${setters(offences)} must not set runAsUser=0`,
  );

export const runAsUser: PolicyCheck = {
  id: 'runAsUser',
  level: 'restricted',
  revisions: [
    { minor: 23, evaluate: asksForRoot },
    { minor: 35, evaluate: unless(inUserNamespace, asksForRoot) },
  ],
};
