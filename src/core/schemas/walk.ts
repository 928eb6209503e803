import { pointerToken } from '../config/pointer.ts';
import { show } from '../wording.ts';
import type { SchemaProblem } from './problem.ts';

/** A walk through one object: where it is, and what it has found. */
export class Walk {
  readonly type: string;
  readonly problems: SchemaProblem[] = [];
  /** Keys and list positions from the object's root. */
  readonly path: (string | number)[] = [];

  /** @param type the type of the object itself, by the type table */
  constructor(type: string) {
    this.type = type;
  }

  report(kind: SchemaProblem['kind'], message: string, suggestion?: string): void {
    // What is in `status` the API server throws away when somebody else than a controller sends it, once it could read it.
    const discarded = this.path[0] === 'status' && (kind === 'missing-key' || kind === 'bad-value');
    if (discarded) return;
    this.problems.push({ pointer: this.pointer(), message, ...(suggestion !== undefined && { suggestion }), kind });
  }

  wrongType(expected: string, value: unknown, suggestion?: string): void {
    this.report('wrong-type', `${this.name()} must be ${expected}, not ${show(value)}`, suggestion);
  }

  pointer(): string {
    return this.path.map((key) => `/${pointerToken(String(key))}`).join('');
  }

  /** The place in Kubernetes' own writing, as in `spec.containers[0].image`. */
  name(depth = this.path.length): string {
    if (depth === 0) return 'the object';
    return this.path
      .slice(0, depth)
      .map((key, i) => (typeof key === 'number' ? `[${key}]` : word(key, i === 0)))
      .join('');
  }
}

function word(key: string, first: boolean): string {
  if (!/^[$\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
  return first ? key : `.${key}`;
}
