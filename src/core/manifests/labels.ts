import type { App } from '../app/app.ts';

/** Value of `app.kubernetes.io/managed-by`: how mcpk knows its own objects again. */
export const MANAGED_BY = 'mcpk';

/**
 * Labels of every object of an app.
 * Source: kubernetes.io "Recommended Labels".
 */
export function appLabels(app: Pick<App, 'name'>): Record<string, string> {
  return {
    'app.kubernetes.io/instance': app.name,
    'app.kubernetes.io/managed-by': MANAGED_BY,
    'app.kubernetes.io/part-of': 'mcpk',
  };
}

export function serverLabels(app: Pick<App, 'name'>, server: string): Record<string, string> {
  return { ...appLabels(app), 'app.kubernetes.io/component': 'server', 'app.kubernetes.io/name': server };
}

export function gatewayLabels(app: Pick<App, 'name'>): Record<string, string> {
  return { ...appLabels(app), 'app.kubernetes.io/component': 'gateway', 'app.kubernetes.io/name': 'mcp-gateway' };
}

/** The labels that never change over an app's life: selectors are immutable. */
export function selector(labels: Record<string, string>): Record<string, string> {
  const keys = ['app.kubernetes.io/component', 'app.kubernetes.io/instance', 'app.kubernetes.io/name'];
  return Object.fromEntries(keys.map((key) => [key, labels[key] ?? '']));
}

/** Label selector for the API: all objects of an app, or of all apps. */
export function managedSelector(app?: string): string {
  const managed = `app.kubernetes.io/managed-by=${MANAGED_BY}`;
  return app === undefined ? managed : `${managed},app.kubernetes.io/instance=${app}`;
}
