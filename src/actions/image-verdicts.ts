import type { ImageVerdict } from '../contract.ts';
import type { Server } from '../core/app/app.ts';
import { inspect } from '../core/images/inspect.ts';
import type { Image } from '../core/images/judge.ts';
import { imageJudge, type JudgingOptions, reasonOf } from './judge-image.ts';

export type VerdictOptions = JudgingOptions;

/**
 * Whether each server's image runs as its pod would have it. An image that cannot be had is `unchecked`, with the
 * reason; it stops nothing. @throws InterruptedError
 */
export async function imageVerdicts(servers: readonly Server[], options: VerdictOptions): Promise<ImageVerdict[]> {
  const judge = imageJudge(options);
  const verdicts: ImageVerdict[] = [];
  for (const server of servers) {
    const answer = await judge(server.image, (image) => verdictOf(server, image));
    verdicts.push('verdict' in answer ? answer : unchecked(server, answer));
  }
  return verdicts;
}

function verdictOf(server: Server, image: Image): ImageVerdict {
  const { judgement, works, remedies } = inspect(image, {
    name: server.image,
    runAsUser: server.identity.runAsUser,
    runAsGroup: server.identity.runAsGroup,
    argv: server.argv,
    env: server.env,
    volumes: server.volumes.map(({ mountPath }) => mountPath),
    writable: server.writable,
  });
  const { verdict, errno, path, message } = judgement;
  return {
    server: server.name,
    image: server.image,
    verdict,
    summary: reasonOf(judgement),
    ...(errno && { errno }),
    ...(path !== undefined && { path }),
    ...(message !== undefined && { message }),
    remedies: remedies.map(({ title }) => title),
    works,
  };
}

function unchecked(server: Server, { unchecked: summary, code }: { unchecked: string; code?: string }): ImageVerdict {
  return {
    server: server.name,
    image: server.image,
    verdict: 'unchecked',
    summary,
    ...(code !== undefined && { code }),
    remedies: [],
    works: [],
  };
}
