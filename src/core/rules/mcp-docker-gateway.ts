import type { V1Container } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';
import type { Fault } from './finding.ts';
import { type GatewayView, gatewaysOf } from './mcp-app.ts';
import type { Rule } from './rule.ts';

export type GatewayFound = Omit<Fault, 'object' | 'container'>;

/** A rule about each docker/mcp-gateway container. Pointers of what it returns start at the container. */
export function dockerGatewayRule(
  rule: Omit<Rule, 'check'>,
  check: (gateway: GatewayView) => readonly GatewayFound[],
): Rule {
  return {
    ...rule,
    *check(objects) {
      for (const gateway of gatewaysOf(objects)) {
        if (gateway.engine !== 'docker') continue;
        const { pod, pointer: at, container } = gateway.view;
        for (const { pointer, fix, ...rest } of check(gateway)) {
          const edits = fix?.map((edit): Edit => ({ ...edit, pointer: at + edit.pointer }));
          yield {
            ...rest,
            object: pod.object,
            pointer: at + pointer,
            container: container.name,
            ...(edits && { fix: edits }),
          };
        }
      }
    },
  };
}

export const hasFlag = (argv: readonly string[], flag: string) =>
  argv.some((word) => word === flag || (word.startsWith(`${flag}=`) && word !== `${flag}=false`));

/** Adds a flag where the command line ends. */
export const addFlag = ({ args, command }: V1Container, flag: string): Edit[] => [
  { op: 'set', pointer: args || !command ? '/args/-' : '/command/-', value: flag },
];

/** The command line, or the container where it has none. */
export function commandPlace({ args, command }: V1Container): string {
  return args ? '/args' : command ? '/command' : '';
}
