import type { V1EnvVar } from '@kubernetes/client-node';
import { workloadEnvironmentRules } from '../../../src/core/rules/workload-environment.ts';
import { deployment } from './objects.ts';
import { describeRules } from './table.ts';

const AT = 'Deployment/web /spec/template/spec/containers/0';
const env = (...list: V1EnvVar[]) => deployment({ container: { env: list } });
const secretKeyRef = { name: 's', key: 'k' };

describeRules(workloadEnvironmentRules, {
  'workload.env-duplicate': {
    fires: [
      [
        'twice',
        env({ name: 'A', value: '1' }, { name: 'B', value: '2' }, { name: 'A', value: '3' }),
        [`${AT}/env/2/name: A is set again: what it was before is hidden, and kubectl apply may drop either`],
        'fixed',
      ],
      [
        'three times',
        env({ name: 'A', value: '1' }, { name: 'A', valueFrom: { secretKeyRef } }, { name: 'A', value: '3' }),
        [
          `${AT}/env/1/name: A is set again: what it was before is hidden, and kubectl apply may drop either`,
          `${AT}/env/2/name: A is set again: what it was before is hidden, and kubectl apply may drop either`,
        ],
        'fixed',
      ],
      [
        'the first one is used in between, so it may not go',
        env({ name: 'A', value: '1' }, { name: 'B', value: '$(A)' }, { name: 'A', value: '3' }),
        [`${AT}/env/2/name: A is set again: what it was before is hidden, and kubectl apply may drop either`],
      ],
      [
        'to itself',
        env({ name: 'A', value: '1' }, { name: 'A', value: '$(A)' }),
        [`${AT}/env/1/name: A is set again: what it was before is hidden, and kubectl apply may drop either`],
      ],
    ],
    silent: [
      ['other names', env({ name: 'A', value: '1' }, { name: 'a', value: '1' })],
      ['one that extends the first', env({ name: 'P', value: '/a' }, { name: 'P', value: '$(P):/b' })],
    ],
  },
  'workload.env-two-sources': {
    fires: [
      [
        'both',
        env({ name: 'A', value: 'x', valueFrom: { secretKeyRef } }),
        [`${AT}/env/0: A has both value and valueFrom: the API server refuses that`],
      ],
    ],
    silent: [
      ['an empty value, which is none', env({ name: 'A', value: '', valueFrom: { secretKeyRef } })],
      ['one of them', env({ name: 'A', value: 'x' }, { name: 'B', valueFrom: { secretKeyRef } })],
    ],
  },
  'workload.env-undefined': {
    fires: [
      [
        'a variable of the image',
        env({ name: 'P', value: '$(PATH):/more' }),
        [`${AT}/env/0/value: $(PATH) stays as it is: PATH is not set`],
      ],
      [
        'set below',
        env({ name: 'URL', value: 'http://$(HOST)/' }, { name: 'HOST', value: 'a' }),
        [`${AT}/env/0/value: $(HOST) stays as it is: HOST is set only below it`],
      ],
      ['itself', env({ name: 'A', value: '$(A)x' }), [`${AT}/env/0/value: $(A) stays as it is: A is not set`]],
      [
        'in command and args',
        deployment({ container: { command: ['run', '$(NO)'], args: ['--url=$(DATABASE_URL)'] } }),
        [
          `${AT}/command/1: $(NO) stays as it is: env does not set NO`,
          `${AT}/args/0: $(DATABASE_URL) stays as it is: env does not set DATABASE_URL`,
        ],
      ],
      [
        'of a Service, which this pod does not get',
        env({ name: 'A', value: '$(REDIS_SERVICE_HOST)' }),
        [`${AT}/env/0/value: $(REDIS_SERVICE_HOST) stays as it is: REDIS_SERVICE_HOST is not set`],
      ],
    ],
    silent: [
      ['set above', env({ name: 'HOST', valueFrom: { secretKeyRef } }, { name: 'URL', value: 'http://$(HOST)/' })],
      ['set anywhere, for arguments', deployment({ container: { args: ['$(A)'], env: [{ name: 'A', value: '1' }] } })],
      ['escaped', env({ name: 'A', value: '$$(HOST)' })],
      [
        'a command in a script',
        deployment({ container: { command: ['/bin/sh', '-ec', 'x=$(DATE); run $(hostname)'] } }),
      ],
      ['a command without a shell, in small letters', deployment({ container: { args: ['$(hostname)'] } })],
      [
        'from envFrom, perhaps',
        deployment({ container: { args: ['$(A)'], envFrom: [{ configMapRef: { name: 'c' } }] } }),
      ],
      [
        'of a Service',
        deployment({
          pod: { enableServiceLinks: undefined },
          container: { args: ['$(REDIS_SERVICE_HOST):$(REDIS_PORT_6379_TCP_PORT)'] },
        }),
      ],
      ['of the API server, always there', deployment({ container: { args: ['$(KUBERNETES_SERVICE_HOST)'] } })],
      ['a shell’s own way', env({ name: 'A', value: '$HOME' })],
    ],
  },
});
