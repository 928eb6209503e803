import type { Rule } from './rule.ts';
import { objectsOf } from './workload-kinds.ts';
import { hasConnectionPassword, isLiteral, isSecretName, keyForm } from './workload-secret-values.ts';

const configMap: Rule = {
  id: 'workload.config-map-secret',
  severity: 'warning',
  findsSecrets: true,
  page: {
    title: 'a ConfigMap seems to hold a secret',
    why: 'Nobody guards ConfigMaps: the usual right to view a namespace shows them, and leaves Secrets out.',
    todo: [
      'put that key into a Secret, and mount or refer to it instead',
      'then change the secret: whoever could read the file or its history may have it',
    ],
  },
  *check(objects) {
    for (const object of objectsOf(objects, '/ConfigMap')) {
      for (const [key, value] of Object.entries((object.data['data'] ?? {}) as Record<string, string>)) {
        const what = secretIn(key, value);
        if (what === undefined) continue;
        yield { object, pointer: `/data/${key}`, message: `${key} holds ${what} as plain text` };
      }
    }
  },
};

function secretIn(key: string, value: string): string | undefined {
  const form = keyForm(value);
  if (form !== undefined) return form;
  if (hasConnectionPassword(value)) return 'a connection string with its password';
  if (!value.trim().includes('\n')) {
    return isSecretName(key) && isLiteral(value) ? 'a secret, to judge by its name,' : undefined;
  }
  const line = passwordLine(value);
  return line === undefined ? undefined : `the value of ${line}`;
}

/** In whole files only what can hardly be anything else: `secret` and `token` often name a Secret or a file there. */
function passwordLine(file: string): string | undefined {
  for (const [, name = '', value = ''] of file.matchAll(
    /^[ \t]*["']?([A-Za-z][\w.-]*)["']?[ \t]*[:=][ \t]*["']?([^\s"',#]+)/gm,
  )) {
    if (/(password|passwd|passphrase|api[_-]?key)$/i.test(name) && isSecretName(name) && isLiteral(value)) return name;
  }
  return undefined;
}

const secretObject: Rule = {
  id: 'workload.secret-in-manifest',
  severity: 'warning',
  findsSecrets: true,
  page: {
    title: 'a Secret with its values in a manifest',
    why: 'base64 hides nothing. A manifest is kept: in Git, in the logs of a pipeline, in the annotation that kubectl apply leaves. Whoever reads one of them has the values.',
    todo: [
      'create it on the cluster: kubectl create secret generic NAME --from-file=KEY=FILE',
      'or keep it encrypted: SOPS, Sealed Secrets, External Secrets',
      'then change the values: they are in the history',
    ],
  },
  *check(objects) {
    for (const object of objectsOf(objects, '/Secret')) {
      // SOPS keeps what it needs to decrypt beside the values.
      if (object.data['sops'] !== undefined) continue;
      const { data = {}, stringData = {} } = object.data as { data?: Values; stringData?: Values };
      const keys = [
        ...Object.keys(stringData).filter((key) => isKept(stringData[key] ?? '')),
        ...Object.keys(data).filter((key) => isKept(decoded(data[key] ?? ''))),
      ];
      if (keys.length === 0) continue;
      const named = [...new Set(keys)].sort().join(', ');
      yield {
        object,
        pointer: Object.keys(stringData).length > 0 ? '/stringData' : '/data',
        message: `the manifest holds the values of Secret ${object.name}: ${named}`,
      };
    }
  },
};

type Values = Record<string, string>;

/** Whether a value is worth hiding: no placeholder, no certificate, which is public. */
function isKept(value: string): boolean {
  const text = value.trim();
  if (text === '' || /^-----BEGIN CERTIFICATE/.test(text)) return false;
  return !/^<[^<>]*>$|\$\{|\{\{|^ENC\[/.test(text);
}

function decoded(base64: string): string {
  // A placeholder of a template is no base64.
  return /[^A-Za-z0-9+/=\s]/.test(base64) ? base64 : Buffer.from(base64, 'base64').toString('utf8');
}

export const workloadSecretObjectRules: readonly Rule[] = [configMap, secretObject];
