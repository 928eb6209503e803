import type { Fault } from './finding.ts';
import type { ContainerView } from './object-set.ts';
import type { Rule } from './rule.ts';

/** What an image says of a container that is to run it, as far as rules want to know. */
export interface ContainerVerdict {
  verdict: 'ok' | 'fails' | 'risky';
  /** Why, in one line. */
  summary: string;
  remedies: string[];
  /** Identities without root as which it starts, the best first; without runAsGroup the image decides. */
  works: { runAsUser: number; runAsGroup?: number }[];
}

export type VerdictOf = (container: ContainerView) => ContainerVerdict | undefined;

const CANNOT_RUN: Omit<Rule, 'check'> = {
  id: 'image.cannot-run',
  severity: 'error',
  page: {
    title: 'the image does not start as this user',
    why: 'Its files say so: the program, or something on the way to it, may not be executed by the user, the groups and the capabilities that the pod gives it. Behind docker-mcp-bridge the pod would be Running and Ready all the same.',
    todo: ['mcpk inspect IMAGE shows the whole chain and what helps', 'mcpk fix IMAGE derives an image that runs'],
  },
};

const RISKY: Omit<Rule, 'check'> = {
  id: 'image.risky',
  severity: 'warning',
  page: {
    title: 'the image starts, and something that it needs later will fail',
    why: 'Its files show that it wants to write where it may not, or that it depends on what no image can tell.',
    todo: ['mcpk inspect IMAGE says which', 'writable: [PATH] or a volume at that path'],
  },
};

/** Rules about images, over verdicts that were made before. */
export function imageRules(verdictOf: VerdictOf): Rule[] {
  return [ruleFor(CANNOT_RUN, 'fails', verdictOf), ruleFor(RISKY, 'risky', verdictOf)];
}

export const IMAGE_RULINGS = [CANNOT_RUN, RISKY];

function ruleFor(rule: Omit<Rule, 'check'>, verdict: ContainerVerdict['verdict'], verdictOf: VerdictOf): Rule {
  return {
    ...rule,
    *check({ containers }) {
      for (const view of containers) {
        const found = verdictOf(view);
        if (found?.verdict === verdict) yield faultOf(view, found);
      }
    },
  };
}

function faultOf(view: ContainerView, { summary, remedies, works, verdict }: ContainerVerdict): Fault {
  const { pod, pointer, container } = view;
  const [best] = works;
  const at = `${pointer}/securityContext`;
  return {
    object: pod.object,
    container: container.name,
    pointer: `${pointer}/image`,
    message: summary,
    ...(remedies[0] !== undefined && { remedy: remedies[0] }),
    ...(verdict === 'fails' &&
      best?.runAsGroup !== undefined && {
        fix: [
          { op: 'set', pointer: `${at}/runAsUser`, value: best.runAsUser },
          { op: 'set', pointer: `${at}/runAsGroup`, value: best.runAsGroup },
        ],
      }),
  };
}
