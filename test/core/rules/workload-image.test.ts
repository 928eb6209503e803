import { workloadImageRules } from '../../../src/core/rules/workload-image.ts';
import { container, deployment } from './objects.ts';
import { describeRules } from './table.ts';

const AT = 'Deployment/web /spec/template/spec/containers/0';
const DIGEST = `sha256:${'0'.repeat(64)}`;
const image = (name: string, imagePullPolicy?: string) => deployment({ container: { image: name, imagePullPolicy } });

describeRules(workloadImageRules, {
  'workload.image-latest': {
    fires: [
      [
        'no tag; milder where its publisher has no other',
        image('mcp/fetch'),
        [`[info] ${AT}/image: image mcp/fetch has no tag, which means :latest: what runs can change at every start`],
      ],
      [
        'latest, from a registry with a port',
        image('localhost:5000/a/b:latest', 'Always'),
        [`${AT}/image: image localhost:5000/a/b:latest has a tag that moves: what runs can change at every start`],
      ],
      [
        'no tag, from a registry with a port',
        image('localhost:5000/a'),
        [`${AT}/image: image localhost:5000/a has no tag, which means :latest: what runs can change at every start`],
      ],
      [
        'latest that is not pulled again',
        image('web:latest', 'IfNotPresent'),
        [`${AT}/image: image web:latest has a tag that moves: each node keeps the one that it pulled first`],
      ],
      [
        'an init container, too',
        deployment({ init: [{ image: 'busybox' }] }),
        [
          'Deployment/web /spec/template/spec/initContainers/0/image: image busybox has no tag, which means :latest: each node keeps the one that it pulled first',
        ],
      ],
    ],
    silent: [
      ['a release', image('web:1.2')],
      ['a digest', image(`mcp/fetch@${DIGEST}`)],
      ['latest with a digest', image(`mcp/fetch:latest@${DIGEST}`)],
      ['a tag that only begins so', image('web:latest-2024')],
      ['a template’s to fill in', image('registry.example.com/web:{{ .Values.tag }}')],
      ['none', image('')],
    ],
  },
  'workload.image-digest': {
    fires: [
      [
        'a tag alone',
        image('registry.example.com:5000/web:1.2'),
        [`${AT}/image: image registry.example.com:5000/web:1.2 has a tag and no digest: the tag can be pushed again`],
      ],
    ],
    silent: [
      ['a digest alone', image(`web@${DIGEST}`)],
      ['both', image(`web:1.2@${DIGEST}`)],
      ['a tag that moves is worse, and has a rule of its own', image('web:latest')],
      ['no tag', image('web')],
    ],
  },
  'workload.image-pull-policy': {
    fires: [
      [
        'Always with a digest',
        image(`web@${DIGEST}`, 'Always'),
        [
          `${AT}/imagePullPolicy: imagePullPolicy Always asks the registry at every start for an image whose digest cannot change`,
        ],
        'fixed',
      ],
    ],
    silent: [
      ['Always with a tag', image('web:1.2', 'Always')],
      ['IfNotPresent with a digest', deployment({ pod: { containers: [container()] } })],
      ['nothing said', image(`web@${DIGEST}`)],
    ],
  },
});
