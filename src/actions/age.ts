import type { Age } from '../core/deploy/state.ts';

/** Ages at this moment. Clocks of a cluster and of this machine differ: nothing is younger than nothing. */
export function ageNow(): Age {
  const now = Date.now();
  return (timestamp) => {
    const at = Date.parse(timestamp ?? '');
    return Number.isNaN(at) ? 0 : Math.max(0, now - at);
  };
}
