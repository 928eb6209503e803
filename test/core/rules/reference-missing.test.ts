import { referenceMissingRules } from '../../../src/core/rules/reference-missing.ts';
import { configMap, container, deployment, object, secret } from './objects.ts';
import { describeRules } from './table.ts';

const env = (ref: object) => deployment({ container: { env: [{ name: 'A', valueFrom: ref }] } });
const envFrom = (ref: object) => deployment({ container: { envFrom: [ref] } });
const volume = (source: object, change = {}) => deployment({ pod: { volumes: [{ name: 'v', ...source }], ...change } });
const POD = 'Deployment/web /spec/template/spec';
const ENV = `${POD}/containers/0/env/0/valueFrom`;
const account = (name: string, namespace?: string) =>
  object({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
const gone = (what: string) => `${what} is not among these manifests: it must exist already`;
const byMcpk = (one: ReturnType<typeof env>) =>
  object({ ...one.data, metadata: { name: 'web', labels: { 'app.kubernetes.io/managed-by': 'mcpk' } } });

describeRules(referenceMissingRules, {
  'reference.config-map-missing': {
    fires: [
      [
        'a variable',
        env({ configMapKeyRef: { name: 'c', key: 'k' } }),
        [`${ENV}/configMapKeyRef: ${gone('ConfigMap c')}`],
      ],
      [
        'all variables',
        envFrom({ configMapRef: { name: 'c' } }),
        [`${POD}/containers/0/envFrom/0/configMapRef: ${gone('ConfigMap c')}`],
      ],
      ['a volume', volume({ configMap: { name: 'c' } }), [`${POD}/volumes/0/configMap: ${gone('ConfigMap c')}`]],
      [
        'a volume that is mounted as a whole',
        volume(
          { configMap: { name: 'c' } },
          { containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/x' }] })] },
        ),
        [`${POD}/volumes/0/configMap: ${gone('ConfigMap c')}`],
      ],
      [
        'a part of a volume',
        volume({ projected: { sources: [{ downwardAPI: {} }, { configMap: { name: 'c' } }] } }),
        [`${POD}/volumes/0/projected/sources/1/configMap: ${gone('ConfigMap c')}`],
      ],
      [
        'several uses are said once',
        deployment({
          container: { envFrom: [{ configMapRef: { name: 'c' } }] },
          pod: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
        }),
        [`${POD}/containers/0/envFrom/0/configMapRef: ${gone('ConfigMap c')}`],
      ],
      [
        'a slip',
        [configMap({}, { name: 'config' }), volume({ configMap: { name: 'cofnig' } })],
        [`[warning] ${POD}/volumes/0/configMap: there is no ConfigMap cofnig: did you mean config?`],
      ],
      [
        'one of a row is missing',
        [configMap({}, { name: 'config-1' }), volume({ configMap: { name: 'config-2' } })],
        [`${POD}/volumes/0/configMap: ${gone('ConfigMap config-2')}`],
      ],
      [
        'a longer name is no slip',
        [configMap({}, { name: 'web' }), volume({ configMap: { name: 'web-tls' } })],
        [`${POD}/volumes/0/configMap: ${gone('ConfigMap web-tls')}`],
      ],
      [
        'it is in another namespace',
        [
          configMap({}, { name: 'c', namespace: 'b' }),
          deployment({ namespace: 'a', container: { envFrom: [{ configMapRef: { name: 'c' } }] } }),
        ],
        [`${POD}/containers/0/envFrom/0/configMapRef: ${gone('ConfigMap c')}`],
      ],
      [
        'mcpk’s own pods, too: mcpk renders their ConfigMap',
        byMcpk(volume({ configMap: { name: 'c' } })),
        [`${POD}/volumes/0/configMap: ${gone('ConfigMap c')}`],
      ],
    ],
    silent: [
      ['it is there', [configMap({}, { name: 'c' }), volume({ configMap: { name: 'c' } })]],
      [
        'optional',
        [
          env({ configMapKeyRef: { name: 'c', key: 'k', optional: true } }),
          envFrom({ configMapRef: { name: 'c', optional: true } }),
          volume({ configMap: { name: 'c', optional: true } }),
        ],
      ],
      ['what every namespace has', volume({ configMap: { name: 'kube-root-ca.crt' } })],
      ['other sources', [env({ fieldRef: { fieldPath: 'metadata.name' } }), volume({ emptyDir: {} })]],
    ],
  },
  'reference.secret-missing': {
    fires: [
      ['a variable', env({ secretKeyRef: { name: 's', key: 'k' } }), [`${ENV}/secretKeyRef: ${gone('Secret s')}`]],
      [
        'all variables',
        envFrom({ secretRef: { name: 's' } }),
        [`${POD}/containers/0/envFrom/0/secretRef: ${gone('Secret s')}`],
      ],
      ['a volume', volume({ secret: { secretName: 's' } }), [`${POD}/volumes/0/secret: ${gone('Secret s')}`]],
      [
        'a part of a volume',
        volume({ projected: { sources: [{ secret: { name: 's' } }] } }),
        [`${POD}/volumes/0/projected/sources/0/secret: ${gone('Secret s')}`],
      ],
      [
        'to pull images with',
        deployment({ pod: { imagePullSecrets: [{ name: 's' }] } }),
        [`${POD}/imagePullSecrets/0: ${gone('Secret s')}`],
      ],
      [
        'a slip',
        [secret({}, { name: 'token' }), env({ secretKeyRef: { name: 'tokne', key: 'k' } })],
        [`[warning] ${ENV}/secretKeyRef: there is no Secret tokne: did you mean token?`],
      ],
      [
        'an ExternalSecret makes another',
        [
          object({
            apiVersion: 'external-secrets.io/v1',
            kind: 'ExternalSecret',
            metadata: { name: 's' },
            spec: { target: { name: 'x' } },
          }),
          envFrom({ secretRef: { name: 's' } }),
        ],
        [`${POD}/containers/0/envFrom/0/secretRef: ${gone('Secret s')}`],
      ],
    ],
    silent: [
      ['it is there', [secret({}, { name: 's' }), env({ secretKeyRef: { name: 's', key: 'k' } })]],
      [
        'mcpk’s own pods: it makes the Secret, and the others are the user’s',
        byMcpk(env({ secretKeyRef: { name: 's', key: 'k' } })),
      ],
      ['optional', volume({ secret: { secretName: 's', optional: true } })],
      [
        'a SealedSecret becomes it',
        [
          object({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name: 's' }, spec: {} }),
          envFrom({ secretRef: { name: 's' } }),
        ],
      ],
      [
        'an ExternalSecret becomes it',
        [
          object({
            apiVersion: 'external-secrets.io/v1',
            kind: 'ExternalSecret',
            metadata: { name: 'x' },
            spec: { target: { name: 's' } },
          }),
          envFrom({ secretRef: { name: 's' } }),
        ],
      ],
      [
        'a Certificate puts its key there',
        [
          object({
            apiVersion: 'cert-manager.io/v1',
            kind: 'Certificate',
            metadata: { name: 'x' },
            spec: { secretName: 's' },
          }),
          volume({ secret: { secretName: 's' } }),
        ],
      ],
    ],
  },
  'reference.service-account-missing': {
    fires: [
      [
        'it is not there',
        deployment({ pod: { serviceAccountName: 'robot' } }),
        [`${POD}/serviceAccountName: ${gone('ServiceAccount robot')}`],
      ],
      [
        'by its old key',
        deployment({ pod: { serviceAccount: 'robot' } }),
        [`${POD}/serviceAccount: ${gone('ServiceAccount robot')}`],
      ],
      [
        'a slip',
        [account('robot'), deployment({ pod: { serviceAccountName: 'robto' } })],
        [`[warning] ${POD}/serviceAccountName: there is no ServiceAccount robto: did you mean robot?`],
      ],
    ],
    silent: [
      ['it is there', [account('robot'), deployment({ pod: { serviceAccountName: 'robot' } })]],
      ['every namespace has a default', deployment({ pod: { serviceAccountName: 'default' } })],
      ['none is named', deployment()],
    ],
  },
});
