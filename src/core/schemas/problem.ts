import type { NodeProblem } from '../config/pointer.ts';

/** A way in which an object is not what its kind's schema says. */
export interface SchemaProblem extends NodeProblem {
  kind: 'unknown-key' | 'wrong-type' | 'missing-key' | 'bad-value';
}
