import { type Evaluate, outcome, type PolicyCheck } from './check.ts';

const SAFE_1_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SAFE_1_27 = [...SAFE_1_0, 'net.ipv4.ip_local_reserved_ports'];
const SAFE_1_29 = [
  ...SAFE_1_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SAFE_1_32 = [...SAFE_1_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function unsafe(safe: readonly string[]): Evaluate {
  return ({ spec }) =>
    outcome(
      (spec.securityContext?.sysctls ?? []).flatMap(({ name }, i) =>
        safe.includes(name) ? [] : [{ pointer: `/spec/securityContext/sysctls/${i}`, name }],
      ),
      () => 'forbidden sysctls',
      (offences) => offences.map(({ name }) => name).join(', '),
    );
}

export const sysctls: PolicyCheck = {
  id: 'sysctls',
  level: 'baseline',
  revisions: [
    { minor: 0, evaluate: unsafe(SAFE_1_0) },
    { minor: 27, evaluate: unsafe(SAFE_1_27) },
    { minor: 29, evaluate: unsafe(SAFE_1_29) },
    { minor: 32, evaluate: unsafe(SAFE_1_32) },
  ],
};
