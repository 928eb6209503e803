import { listRevisions } from '../adapters/kube/revisions.ts';
import type { HistoryResult } from '../contract.ts';
import { changesBetween, type Revision } from '../core/deploy/revision.ts';
import { type ClusterOptions, onCluster } from './on-cluster.ts';

/** What has been deployed of the app, newest first. @throws McpkError */
export async function history(options: ClusterOptions): Promise<HistoryResult> {
  return await onCluster(options, async ({ place, where }) => {
    const revisions = await listRevisions(place);
    return { ...where, revisions: revisions.map((revision, i) => entry(revision, revisions[i + 1])) };
  });
}

function entry({ number, created, outcome, note, objects }: Revision, before: Revision | undefined) {
  const changes = objects ? changesBetween(before?.objects ?? [], objects) : ['what is stored cannot be read'];
  // Of the oldest that is left it is not known what came before.
  return { revision: number, created, outcome, ...(note && { note }), changes: before || number === 1 ? changes : [] };
}
