import { workloadContainerRules } from '../../../src/core/rules/workload-container.ts';
import { container, deployment, pod, step } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const AT = `${POD}/containers/0`;
const beside = (other: Parameters<typeof container>[0]) =>
  deployment({ pod: { containers: [container(), container({ name: 'other', ...other })] } });
const ports = (...list: NonNullable<ReturnType<typeof container>['ports']>) =>
  deployment({ container: { ports: list } });
const command = (...words: string[]) => deployment({ container: { command: words } });
const args = (...words: string[]) => deployment({ container: { args: words } });

describeRules(workloadContainerRules, {
  'workload.container-duplicate': {
    fires: [
      [
        'two containers',
        deployment({ pod: { containers: [container(), container({ ports: [] })] } }),
        [`${POD}/containers/1/name: there are two containers web: the API server refuses the pod`],
      ],
      [
        'an init container and a container',
        deployment({ init: [{ name: 'web' }] }),
        [`${AT}/name: there are two containers web: the API server refuses the pod`],
      ],
    ],
    silent: [['others', deployment({ init: [{ name: 'a' }, { name: 'b' }] })]],
  },
  'workload.port-duplicate': {
    fires: [
      [
        'two containers with the same port',
        beside({ ports: [{ containerPort: 8080 }] }),
        [`${POD}/containers/1/ports/0/containerPort: port 8080/TCP is web's, too: only one of them can listen on it`],
      ],
      [
        'a sidecar and a container',
        deployment({ pod: { initContainers: [step({ restartPolicy: 'Always', ports: [{ containerPort: 8080 }] })] } }),
        [`${AT}/ports/0/containerPort: port 8080/TCP is step's, too: only one of them can listen on it`],
      ],
      [
        'twice in one container',
        ports({ containerPort: 8080, name: 'http' }, { containerPort: 8080, name: 'web' }),
        [`${AT}/ports/1/containerPort: port 8080/TCP is declared twice: server-side apply refuses that`],
      ],
      [
        'a name for two ports',
        ports({ containerPort: 8080, name: 'http' }, { containerPort: 8081, name: 'http' }),
        [`[error] ${AT}/ports/1/name: two ports are called http: the API server refuses the pod`],
      ],
      [
        'a name for the ports of two containers',
        beside({ ports: [{ containerPort: 8081, name: 'http' }] }),
        [
          `${POD}/containers/1/ports/0/name: port name http is web's, too: Services that use the name reach only that one`,
        ],
      ],
    ],
    silent: [
      [
        'another protocol',
        ports({ containerPort: 53, name: 'dns' }, { containerPort: 53, protocol: 'UDP', name: 'dns-udp' }),
      ],
      ['no names', ports({ containerPort: 1 }, { containerPort: 2 })],
      ['a step that has ended', deployment({ init: [{ ports: [{ containerPort: 8080, name: 'http' }] }] })],
      [
        'on two addresses of the node',
        ports(
          { containerPort: 80, hostPort: 80, hostIP: '10.0.0.1', name: 'a' },
          { containerPort: 80, hostPort: 80, hostIP: '10.0.0.2', name: 'b' },
        ),
      ],
    ],
  },
  'workload.port-name': {
    fires: [
      [
        'too long',
        ports({ containerPort: 1, name: 'prometheus-metrics' }),
        [`${AT}/ports/0/name: port name prometheus-metrics has 18 characters, at most 15 are allowed`],
      ],
      [
        'one character too long',
        ports({ containerPort: 1, name: 'abcdefgh-1234567' }),
        [`${AT}/ports/0/name: port name abcdefgh-1234567 has 16 characters, at most 15 are allowed`],
      ],
      [
        'an underscore',
        ports({ containerPort: 1, name: 'my_port' }),
        [`${AT}/ports/0/name: port name my_port is not valid`],
      ],
      ['digits alone', ports({ containerPort: 1, name: '8080' }), [`${AT}/ports/0/name: port name 8080 is not valid`]],
      ['two hyphens', ports({ containerPort: 1, name: 'a--b' }), [`${AT}/ports/0/name: port name a--b is not valid`]],
    ],
    silent: [
      ['15 characters', ports({ containerPort: 1, name: 'abcdefg-1234567' })],
      ['none', ports({ containerPort: 1 })],
    ],
  },
  'workload.command-words': {
    fires: [
      [
        'a whole command line',
        command('python -m my_server --port=8080', '--verbose'),
        [`${AT}/command/0: no program is called "python ...", blanks and all: each word is an item of its own`],
        'fixed',
      ],
      [
        'with quotes, which only its writer can take apart',
        command('sh -c "run; wait"'),
        [`${AT}/command/0: no program is called "sh ...", blanks and all: each word is an item of its own`],
      ],
    ],
    silent: [
      ['words', command('python', '-m', 'my_server')],
      ['a script', command('sh', '-c', 'run; wait')],
      [
        'a path of Windows',
        deployment({ pod: { os: { name: 'windows' } }, container: { command: ['C:\\Program Files\\a.exe'] } }),
      ],
      ['none', deployment()],
    ],
  },
  'workload.argument-words': {
    fires: [
      [
        'in args and in command',
        deployment({ container: { command: ['run', '--level info'], args: ['--port 8080', '--verbose'] } }),
        [
          `${AT}/command/1: --level and its value are one word: the program sees no --level`,
          `${AT}/args/0: --port and its value are one word: the program sees no --port`,
        ],
      ],
    ],
    silent: [
      ['two words', args('--port', '8080')],
      ['with =', args('--message=a text with blanks', '--port=8080')],
      ['a text of its own', args('--message', 'a text --with blanks')],
      ['a script', deployment({ container: { command: ['/bin/bash', '-ec'], args: ['--port 8080'] } })],
    ],
  },
  'workload.interactive': {
    fires: [
      [
        'stdin',
        deployment({ container: { stdin: true } }),
        [`${AT}/stdin: stdin is set: nobody types into a workload`],
      ],
      [
        'both',
        deployment({ container: { stdin: true, tty: true } }),
        [`${AT}/stdin: stdin and tty are set: nobody types into a workload`],
      ],
    ],
    silent: [
      ['false', deployment({ container: { stdin: false } })],
      ['a debugging container', pod({ ephemeral: [{ name: 'debug', stdin: true, tty: true }] })],
    ],
  },
});
