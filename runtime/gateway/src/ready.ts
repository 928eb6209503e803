/** Whether the gateway should get traffic. */
import type { ReadyPolicy } from './config.ts';
import type { Upstream } from './upstream.ts';

export function isReady(policy: ReadyPolicy, upstreams: readonly Pick<Upstream, 'name' | 'state'>[]): boolean {
  const ready = upstreams.filter(({ state }) => state.state === 'ready').map(({ name }) => name);
  if (policy === 'all') return ready.length === upstreams.length;
  if (policy === 'any') return ready.length > 0 || upstreams.length === 0;
  return policy.every((name) => ready.includes(name));
}
