import { referenceKeyRules } from '../../../src/core/rules/reference-keys.ts';
import { configMap, container, deployment, object, secret } from './objects.ts';
import { describeRules } from './table.ts';

const env = (ref: object) => deployment({ container: { env: [{ name: 'A', valueFrom: ref }] } });
const volume = (source: object, change = {}) => deployment({ pod: { volumes: [{ name: 'v', ...source }], ...change } });
const mounted = (source: object, subPath: string) =>
  volume(source, { containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/x', subPath }] })] });
const POD = 'Deployment/web /spec/template/spec';
const ENV = `${POD}/containers/0/env/0/valueFrom`;
const byMcpk = (one: ReturnType<typeof env>) =>
  object({ ...one.data, metadata: { name: 'web', labels: { 'app.kubernetes.io/managed-by': 'mcpk' } } });

const C = configMap({ 'app.conf': 'x', mode: 'y' }, { name: 'c' });
const S = secret({ stringData: { token: 'x' }, data: { user: 'eA==' } }, { name: 's' });

describeRules(referenceKeyRules, {
  'reference.config-map-key': {
    fires: [
      [
        'a variable',
        [C, env({ configMapKeyRef: { name: 'c', key: 'level' } })],
        [`${ENV}/configMapKeyRef: ConfigMap c has no key level: it has app.conf, mode`],
      ],
      [
        'the only key is another',
        [configMap({ mode: 'y' }, { name: 'c' }), env({ configMapKeyRef: { name: 'c', key: 'level' } })],
        [`${ENV}/configMapKeyRef: ConfigMap c has no key level: it has mode`],
      ],
      [
        'a slip',
        [C, env({ configMapKeyRef: { name: 'c', key: 'moed' } })],
        [`${ENV}/configMapKeyRef: ConfigMap c has no key moed: did you mean mode?`],
      ],
      [
        'an item of a volume',
        [
          C,
          volume({
            configMap: {
              name: 'c',
              items: [
                { key: 'mode', path: 'm' },
                { key: 'x', path: 'x' },
              ],
            },
          }),
        ],
        [`${POD}/volumes/0/configMap/items/1/key: ConfigMap c has no key x: it has app.conf, mode`],
      ],
      [
        'an item of a part',
        [C, volume({ projected: { sources: [{ configMap: { name: 'c', items: [{ key: 'x', path: 'x' }] } }] } })],
        [`${POD}/volumes/0/projected/sources/0/configMap/items/0/key: ConfigMap c has no key x: it has app.conf, mode`],
      ],
      [
        'one file of a volume',
        [C, mounted({ configMap: { name: 'c' } }, 'app.cnf')],
        [`${POD}/containers/0/volumeMounts/0/subPath: ConfigMap c has no key app.cnf: did you mean app.conf?`],
      ],
      [
        'an empty ConfigMap may be filled later',
        [configMap({}, { name: 'c' }), env({ configMapKeyRef: { name: 'c', key: 'mode' } })],
        [`[warning] ${ENV}/configMapKeyRef: ConfigMap c has no key mode here, nor any other`],
      ],
    ],
    silent: [
      [
        'they are there',
        [
          C,
          env({ configMapKeyRef: { name: 'c', key: 'mode' } }),
          volume({ configMap: { name: 'c', items: [{ key: 'mode', path: 'x' }] } }),
          mounted({ configMap: { name: 'c' } }, 'app.conf'),
        ],
      ],
      [
        'a binary one',
        [object({ ...C.data, binaryData: { logo: 'eA==' } }), env({ configMapKeyRef: { name: 'c', key: 'logo' } })],
      ],
      ['optional', [C, env({ configMapKeyRef: { name: 'c', key: 'x', optional: true } })]],
      [
        'items have names of their own',
        [C, mounted({ configMap: { name: 'c', items: [{ key: 'mode', path: 'sub/m' }] } }, 'sub/m')],
      ],
      ['a part of a volume that is none', mounted({ emptyDir: {} }, 'x')],
      ['the ConfigMap is elsewhere', env({ configMapKeyRef: { name: 'c', key: 'x' } })],
    ],
  },
  'reference.secret-key': {
    fires: [
      [
        'a variable',
        [S, env({ secretKeyRef: { name: 's', key: 'password' } })],
        [`${ENV}/secretKeyRef: Secret s has no key password: it has user, token`],
      ],
      [
        'an item of a volume',
        [S, volume({ secret: { secretName: 's', items: [{ key: 'tokne', path: 't' }] } })],
        [`${POD}/volumes/0/secret/items/0/key: Secret s has no key tokne: did you mean token?`],
      ],
      [
        'an empty Secret may be filled later',
        [secret({}, { name: 's' }), env({ secretKeyRef: { name: 's', key: 'token' } })],
        [`[warning] ${ENV}/secretKeyRef: Secret s has no key token here, nor any other`],
      ],
      [
        'mcpk’s own pods, where their Secret is among the manifests',
        [S, byMcpk(env({ secretKeyRef: { name: 's', key: 'x' } }))],
        [`${ENV}/secretKeyRef: Secret s has no key x: it has user, token`],
      ],
    ],
    silent: [
      [
        'they are there',
        [
          S,
          env({ secretKeyRef: { name: 's', key: 'token' } }),
          volume({ secret: { secretName: 's', items: [{ key: 'user', path: 'x' }] } }),
        ],
      ],
      ['optional', [S, volume({ secret: { secretName: 's', optional: true, items: [{ key: 'x', path: 'x' }] } })]],
      [
        'a controller puts the token of an account there',
        [
          secret({ type: 'kubernetes.io/service-account-token' }, { name: 's' }),
          env({ secretKeyRef: { name: 's', key: 'token' } }),
        ],
      ],
      [
        'a ConfigMap of the same name',
        [configMap({ a: 'b' }, { name: 's' }), env({ secretKeyRef: { name: 's', key: 'token' } })],
      ],
    ],
  },
});
