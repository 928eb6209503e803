import { type Evaluate, inSecurityContexts, outcome, type PolicyCheck } from './check.ts';
import { plural, quoted, setters, valuesOf } from './words.ts';

const TYPES_1_0 = ['container_t', 'container_init_t', 'container_kvm_t'];
const TYPES_1_31 = [...TYPES_1_0, 'container_engine_t'];

function forbiddenOptions(types: readonly string[]): Evaluate {
  return (pod) => {
    const typeOf = (type: string | undefined) => (type && !types.includes(type) ? [type] : []);
    const found = inSecurityContexts(pod, ({ seLinuxOptions: options }, above) =>
      options && (typeOf(options.type).length > 0 || options.user || options.role)
        ? {
            pointer: `${above}/seLinuxOptions`,
            values: typeOf(options.type),
            user: Boolean(options.user),
            role: Boolean(options.role),
          }
        : undefined,
    );
    return outcome(
      found,
      () => 'seLinuxOptions',
      (offences) => {
        const bad = valuesOf(offences);
        const faults = [
          ...(bad.length > 0 ? [`${plural(bad, 'type', 'types')} ${quoted(bad)}`] : []),
          ...(offences.some(({ user }) => user) ? ['user may not be set'] : []),
          ...(offences.some(({ role }) => role) ? ['role may not be set'] : []),
        ];
        return `${setters(offences)} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`;
      },
    );
  };
}

export const seLinuxOptions: PolicyCheck = {
  id: 'seLinuxOptions',
  level: 'baseline',
  revisions: [
    { minor: 0, evaluate: forbiddenOptions(TYPES_1_0) },
    { minor: 31, evaluate: forbiddenOptions(TYPES_1_31) },
  ],
};
