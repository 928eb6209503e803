import { Chalk } from 'chalk';
import type { LintFinding, LintResult } from '../../../src/contract.ts';
import { codeFrame } from '../../../src/core/config/frame.ts';
import type { ReportContext } from '../../../src/output/lint/report.ts';

const RULES: ReportContext['rules'] = [
  {
    id: 'pod-security.run-as-non-root',
    severity: 'error',
    page: {
      title: 'a container may run as root',
      why: 'Root in a container is root on the node once anything else goes wrong. `restricted` refuses such pods.',
      todo: ['set securityContext.runAsNonRoot: true', 'mcpk inspect IMAGE says as <which> user it_runs *well*'],
    },
  },
  {
    id: 'secret.literal',
    severity: 'error',
    page: { title: 'a secret stands in clear', why: 'Whoever reads the file has it.', todo: ['name a Secret'] },
  },
  {
    id: 'reliability.no-limits',
    severity: 'warning',
    page: { title: 'a container has no memory limit', why: 'It can starve the others.', todo: ['set limits.memory'] },
  },
  {
    id: 'mcp.latest',
    severity: 'info',
    page: { title: 'a tag moves', why: 'What ran yesterday need not run today.', todo: ['name the digest'] },
  },
];

const WEB = Array.from({ length: 40 }, (_, i) => `        - name: c${i}\n          image: web`).join('\n');

/** A finding that is like the others of its rule. */
function limits(i: number): LintFinding {
  const line = 2 * i + 1;
  return {
    rule: 'reliability.no-limits',
    severity: 'warning',
    message: `container c${i} has no memory limit`,
    remedy: 'set resources.limits.memory',
    file: 'k8s/web.yaml',
    line,
    column: 11,
    pointer: `/spec/template/spec/containers/${i}`,
    frame: codeFrame(WEB, line, 11),
    object: { kind: 'Deployment', name: 'web', namespace: 'mcp' },
    container: `c${i}`,
    fixable: false,
    fingerprint: `limits-${i}`,
  };
}

const ROOT: LintFinding = {
  rule: 'pod-security.run-as-non-root',
  severity: 'error',
  message:
    'container c0 may run as root: neither the pod nor the container sets runAsNonRoot, and its image names no user',
  remedy:
    'set securityContext.runAsNonRoot: true and securityContext.runAsUser: 1000 in the container, or in the pod for all of them',
  file: 'k8s/web.yaml',
  line: 1,
  column: 11,
  pointer: '/spec/template/spec/containers/0',
  frame: codeFrame(WEB, 1, 11),
  object: { kind: 'Deployment', name: 'web', namespace: 'mcp' },
  container: 'c0',
  fixable: true,
  fingerprint: 'root-0',
};

/** Every character that some format gives a meaning to, or cannot hold. */
export const NASTY =
  'a "b" \'c\' <d> & ]]> 100%0A, x:y; ::error::no ##[error]no | `e` *f* [g](h) {0} \\ # é 漢 😀 \u001b[31mred\u0007\u0000\u0085 \u202eabc \ud800 \ufffe\r\nnext\tline';

const LONG = `args: [${Array.from({ length: 30 }, (_, i) => `--flag-${i}`).join(', ')}]`;

/** Of a file whose name a POSIX system, Windows and a URI each read in their own way. */
const WINDOWS: LintFinding = {
  rule: 'secret.literal',
  severity: 'error',
  message: NASTY,
  remedy: `name a Secret; ${NASTY}`,
  file: 'k8s\\my app, 50%#1:a.yaml',
  line: 1,
  column: 120,
  pointer: '/data/a~1b\u009b c',
  frame: codeFrame(`${LONG}\n# ${NASTY}`, 1, 120),
  object: { kind: 'Secret', name: 'a]]>b' },
  fixable: false,
  fingerprint: 'nasty',
};

export const RESULT: LintResult = {
  files: 6,
  objects: 41,
  summary: { error: 3, warning: 13, info: 1, suppressed: 3, unchecked: 14 },
  findings: [
    ROOT,
    ...Array.from({ length: 13 }, (_, i) => limits(i)),
    WINDOWS,
    {
      rule: 'mcp.latest',
      severity: 'info',
      message: 'image fetch:latest moves',
      remedy: 'name the digest',
      file: 'mcpk.yaml',
      line: 7,
      column: 5,
      server: 'fetch',
      fixable: true,
      fingerprint: 'latest',
    },
    {
      rule: 'yaml.unknown',
      severity: 'error',
      message: 'this is no YAML',
      remedy: 'look at what makes it',
      file: '-',
      fixable: false,
      fingerprint: 'yaml',
    },
  ],
  suppressed: [
    { ...limits(20), suppressed: { by: 'comment', reason: `the node has swap; ${NASTY}` } },
    { ...limits(21), suppressed: { by: 'config', reason: 'load test of 2026' } },
    { ...limits(22), file: 'k8s/old.yaml', suppressed: { by: 'baseline', reason: 'was there before' } },
  ],
  unchecked: [
    ...Array.from({ length: 13 }, (_, i) => ({
      what: 'image' as const,
      name: `registry.example.com/team/server-${i}:1.0`,
      reason: 'registry.example.com does not answer',
      file: 'k8s/web.yaml',
      line: 2 * i + 2,
      column: 18,
    })),
    { what: 'kind', name: 'example.com/v1 Widget', reason: `no schema; ${NASTY}`, file: '-', line: 3, column: 1 },
  ],
};

export const CLEAN: LintResult = {
  files: 2,
  objects: 9,
  summary: { error: 0, warning: 0, info: 0, suppressed: 0, unchecked: 0 },
  findings: [],
  suppressed: [],
  unchecked: [],
};

export const CONTEXT: ReportContext = {
  version: '1.2.3',
  rules: RULES,
  files: ['k8s/web.yaml', 'k8s/clean.yaml', 'k8s\\my app, 50%#1:a.yaml', 'k8s/old.yaml', 'mcpk.yaml', '-'],
  failOn: 'error',
  exitCode: 1,
  warnings: [],
  folder: '',
  onGitHub: false,
  style: new Chalk({ level: 0 }),
  unicode: true,
  columns: 80,
};

export const CLEAN_CONTEXT: ReportContext = { ...CONTEXT, files: ['mcpk.yaml', 'k8s/web.yaml'], exitCode: 0 };

/** So many findings of one file, with the rule and severity of each by its number. */
export function many(n: number, of: (i: number) => Partial<LintFinding>): LintResult {
  const findings = Array.from({ length: n }, (_, i) => ({ ...ROOT, fingerprint: `many-${i}`, ...of(i) }));
  const tally = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  return {
    ...CLEAN,
    findings,
    summary: { ...CLEAN.summary, error: tally('error'), warning: tally('warning'), info: tally('info') },
  };
}
