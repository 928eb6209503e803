import type { Check, CheckResult, Found, Outcome, Story } from './check.ts';

/** The line of the report for what a check said. @param durationMs how long it took */
export function toResult(
  { id, category, title, severity }: Pick<Check, 'id' | 'category' | 'title' | 'severity'>,
  server: string | undefined,
  outcome: Outcome,
  durationMs: number,
): CheckResult {
  const story: Story = outcome.status === 'fail' || outcome.status === 'unchecked' ? outcome : {};
  const { value, unit, tools }: Found = outcome.status === 'pass' || outcome.status === 'fail' ? outcome : {};
  return {
    id,
    category,
    title,
    ...(server !== undefined && { server }),
    severity,
    status: outcome.status === 'fail' && severity !== 'error' ? 'warn' : outcome.status,
    durationMs: Math.round(durationMs),
    ...(outcome.message !== undefined && { message: outcome.message }),
    ...(value !== undefined && { value }),
    ...(unit !== undefined && { unit }),
    ...(tools !== undefined && { tools }),
    ...(story.cause !== undefined && { cause: story.cause }),
    ...(story.remedies && story.remedies.length > 0 && { remedies: story.remedies }),
    ...(story.evidence && story.evidence.length > 0 && { evidence: story.evidence }),
    ...(outcome.status === 'skipped' && outcome.blockedBy !== undefined && { blockedBy: outcome.blockedBy }),
  };
}
