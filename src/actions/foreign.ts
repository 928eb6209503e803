import type { App } from '../core/app/app.ts';
import type { LiveObject } from '../core/deploy/live.ts';
import { foreignObjects } from '../core/deploy/ownership.ts';
import { UsageError } from '../errors.ts';

/** A wrong place is a fault of the config: nothing was tried, and only another namespace or name cures it. */
export function refuseForeign(app: App, live: Iterable<LiveObject>): void {
  const foreign = foreignObjects([...live], app.name);
  if (foreign.length === 0) return;
  const lines = foreign.slice(0, 5).map(({ object, owner }) => `  ${object} belongs to ${owner}`);
  const more = foreign.length > lines.length ? [`  and ${foreign.length - lines.length} more`] : [];
  throw new UsageError(
    'app.foreign-namespace',
    [`namespace ${app.namespace} is taken; nothing was changed:`, ...lines, ...more].join('\n'),
    {
      suggestions: [
        'choose another `namespace` in mcpk.yaml: each app needs one of its own',
        'or remove what is there: mcpk delete, with the config of that app',
      ],
    },
  );
}
