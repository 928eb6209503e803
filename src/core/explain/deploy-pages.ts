import type { Pages } from './page.ts';

/** Errors of the commands around a deploy: diff, status, logs, diagnose, history, rollback. */
export const deployPages: Pages = {
  'rollback.no-revision': {
    title: 'there is nothing to roll back to',
    why: 'A rollback leads to a revision that the cluster remembers: without a number to the newest one that became ready and is not what is deployed now. Ten revisions are kept, and mcpk delete takes them away.',
    todo: ['mcpk history lists them', 'mcpk deploy, with the mcpk.yaml that you want, e.g. an older one from Git'],
  },
  'revision.too-large': {
    title: 'the app is too large to be remembered',
    why: 'What was deployed is kept, compressed, in one ConfigMap, which takes 1 MiB. It is deployed all the same, and cannot be rolled back to.',
    todo: ['keep mcpk.yaml in Git: mcpk deploy with an older one is a rollback, too', 'or split the app in two'],
  },
  'revision.conflict': {
    title: 'the revision could not be remembered',
    why: 'Several deploys of this app ran at once, and took its number away. It is deployed all the same, and cannot be rolled back to.',
    todo: ['let only one deploy of an app run at a time'],
  },
  'bundle.foreign-folder': {
    title: 'the folder for the bundle holds something else',
    why: 'A bundle replaces the whole folder, so it is written only into one that is empty, does not exist, or holds a bundle that mcpk wrote.',
    todo: ['mcpk diagnose --bundle with the name of a new folder'],
  },
};
