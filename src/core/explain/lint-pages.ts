import type { Pages } from './page.ts';

/** Errors of `mcpk lint` itself; the rules carry their own pages. */
export const lintPages: Pages = {
  'lint.no-file': {
    title: 'a path names nothing',
    why: 'There is no file and no folder of that name, and it is no pattern.',
    todo: ['check the path', '- reads standard input: helm template . | mcpk lint -'],
  },
  'lint.nothing': {
    title: 'there is nothing to look at',
    why: 'The paths lead to no file ending in .yaml, .yml or .json, or to files without a Kubernetes object. A gate that looks at nothing must not be green.',
    todo: ['check the paths', 'render templates first: helm template . | mcpk lint -'],
  },
  'lint.too-large': {
    title: 'a file is too large for a manifest',
    why: 'Manifests have kilobytes; a file of more than 64 MiB is something else.',
    todo: ['name the manifests themselves'],
  },
  'lint.baseline': {
    title: 'the baseline cannot be used',
    why: 'The file is not there, or was not written by mcpk lint --write-baseline.',
    todo: ['mcpk lint --write-baseline FILE', 'mcpk lint without --baseline tells everything'],
  },
  'lint.no-such-rule': {
    title: '--only or --skip names no rule',
    why: 'A word is the id of a rule, such as mcp.tcp-probe, or a family: what stands before the dot.',
    todo: ['mcpk explain lists all ids'],
  },
};
