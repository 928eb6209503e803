/** What the gateway says of itself: the sum of what its servers say. */
import { isObject } from './jsonrpc.ts';
import type { Upstream } from './upstream.ts';

/** What a server may turn out to offer that has not been seen yet. */
const ANYTHING = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} };

/** Their methods are not relayed. */
const NOT_RELAYED = new Set(['io.modelcontextprotocol/tasks']);

/** ServerCapabilities. A client looks at them once, so what is not known yet is promised. */
export function offeredCapabilities(upstreams: readonly Upstream[]): Record<string, unknown> {
  const all: Array<Record<string, unknown>> = upstreams.map(({ capabilities }) => capabilities ?? ANYTHING);
  const has = (key: string) => all.some((capabilities) => isObject(capabilities[key]));
  const canSubscribe = all.some(({ resources }) => isObject(resources) && resources.subscribe === true);
  const extensions = mergedExtensions(all);
  return {
    // Lists change whenever a server comes or goes.
    tools: { listChanged: true },
    ...(has('prompts') ? { prompts: { listChanged: true } } : {}),
    ...(has('resources') ? { resources: { listChanged: true, ...(canSubscribe ? { subscribe: true } : {}) } } : {}),
    ...(has('completions') ? { completions: {} } : {}),
    ...(has('logging') ? { logging: {} } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  };
}

function mergedExtensions(all: Array<Record<string, unknown>>): Record<string, unknown> {
  const entries = all.flatMap(({ extensions }) => (isObject(extensions) ? Object.entries(extensions) : []));
  return Object.fromEntries(entries.filter(([name]) => !NOT_RELAYED.has(name)));
}

/** The instructions of all servers; each under its server's name if there are several. */
export function offeredInstructions(upstreams: readonly Upstream[]): string | undefined {
  const told = upstreams.filter(({ instructions }) => instructions !== undefined);
  if (upstreams.length === 1) return told[0]?.instructions;
  const parts = told.map(({ name, instructions }) => `# ${name}\n${instructions}`);
  return parts.length === 0 ? undefined : parts.join('\n\n');
}
