/** One field that another tool has set and claims. */
export interface FieldConflict {
  object: string;
  field: string;
  manager: string;
}

interface Cause {
  reason?: string;
  message?: string;
  field?: string;
}

/** The fields in a 409 of server-side apply; empty for any other 409. */
export function fieldConflicts(object: string, causes: readonly Cause[]): FieldConflict[] {
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => ({
      object,
      field,
      manager: /conflict with "([^"]+)"/.exec(message)?.[1] ?? 'another tool',
    }));
}

/** What stands in the way and the ways out of it, in words. */
export function explainConflicts(conflicts: readonly FieldConflict[]): { message: string; suggestions: string[] } {
  const lines = conflicts.map(({ object, field, manager }) => `  ${object} ${field} is set by ${manager}`);
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  const autoscaled = conflicts.some(({ field }) => field === '.spec.replicas');
  return {
    message: [`others have set fields that mcpk sets to another value:`, ...lines].join('\n'),
    suggestions: [
      'mcpk deploy --force-conflicts takes these fields over: the cluster then has what mcpk.yaml says',
      `or keep their values in mcpk.yaml, so that both agree`,
      `or stop ${managers.join(', ')} from setting them (kubectl get ... -o yaml --show-managed-fields shows who set what)`,
      ...(autoscaled ? ['.spec.replicas is usually set by an autoscaler or by kubectl scale'] : []),
    ],
  };
}
