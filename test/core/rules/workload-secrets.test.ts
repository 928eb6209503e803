import { describe, expect, it } from 'vitest';
import { workloadSecretObjectRules } from '../../../src/core/rules/workload-secret-objects.ts';
import {
  hasConnectionPassword,
  isLiteral,
  isSecretName,
  keyForm,
} from '../../../src/core/rules/workload-secret-values.ts';
import { workloadSecretRules } from '../../../src/core/rules/workload-secrets.ts';
import { configMap, deployment, faults, job, secret, step } from './objects.ts';
import { describeRules } from './table.ts';

const AT = 'Deployment/web /spec/template/spec/containers/0';
/** Made up, and put together here so that no scanner takes this file for a leak. */
const letters = (count: number) => 'a1B2c3D4e5F6g7H8i9J0'.repeat(4).slice(0, count);
const FORMS: Record<string, string> = {
  'a GitHub token': `ghp_${letters(36)}`,
  'a GitLab token': `glpat-${letters(20)}`,
  'a Slack token': `xoxb-${letters(12)}`,
  'the address of a Slack webhook': `https://hooks.slack.com/services/T${'A1'.repeat(4)}/B${'A1'.repeat(4)}/${letters(20)}`,
  'an AWS access key': `AKIA${'A1B2'.repeat(4)}`,
  'a Google API key': `AIza${letters(35)}`,
  'a Stripe key': `sk_live_${letters(20)}`,
  'a SendGrid key': `SG.${letters(22)}.${letters(40)}`,
  'an npm token': `npm_${letters(36)}`,
  'a Hugging Face token': `hf_${letters(34)}`,
  'a Docker Hub token': `dckr_pat_${letters(24)}`,
  'an API key (sk-...)': `sk-ant-${letters(30)}`,
  'a JSON web token': `eyJ${letters(12)}.eyJ${letters(12)}.${letters(20)}`,
  'a private key': `-----BEGIN RSA ${'PRIVATE'} KEY-----\n${letters(60)}`,
};
const ANY = FORMS['a GitHub token'] ?? '';
const HIDDEN = 'hunter2-hunter2';
const URL_WITH_PASSWORD = `postgresql://app:${HIDDEN}@db:5432/app`;

const env = (name: string, value: string) => deployment({ container: { env: [{ name, value }] } });
const words = (...args: string[]) => deployment({ container: { args } });

describe('names of secrets', () => {
  it.each([
    'TOKEN',
    'GITHUB_PERSONAL_ACCESS_TOKEN',
    'DB_PASSWORD',
    'PGPASSWORD',
    'MYSQL_PWD',
    'SMTP_PASS',
    'API_KEY',
    'OPENAI_APIKEY',
    'AWS_SECRET_ACCESS_KEY',
    'CLIENT_SECRET',
    'dbPassword',
    'x-api-key',
    'SIGNING_KEY',
    'AUTH_TOKEN_2',
    'SECRET_VALUE',
    'GITHUB_PAT',
    'GOOGLE_CREDENTIALS',
  ])('%s', (name) => expect(isSecretName(name)).toBe(true));

  it.each([
    'TOKEN_FILE',
    'TOKEN_URL',
    'TOKEN_TTL',
    'MAX_TOKENS',
    'MAX_TOKEN',
    'SECRET_NAME',
    'PASSWORD_FILE',
    'API_KEY_HEADER',
    'AWS_ACCESS_KEY_ID',
    'PUBLIC_KEY',
    'CACHE_KEY',
    'KEY',
    'PWD',
    'OLDPWD',
    'PASS',
    'COMPASS',
    'NEXT_PUBLIC_MAPBOX_TOKEN',
    'REQUIRE_PASSWORD',
    'EOS_TOKEN',
    'TOKENIZER',
    'SECRETARY',
  ])('not %s', (name) => expect(isSecretName(name)).toBe(false));
});

describe('values', () => {
  it.each([HIDDEN, 'test-token-123', 'changeme', ANY, 'pa$$word', 'a/b+c==', '123456'])('%s is literal', (value) =>
    expect(isLiteral(value)).toBe(true),
  );

  it.each([
    '',
    '  ',
    '$(TOKEN)',
    'Bearer $(TOKEN)',
    `$${'{TOKEN}'}`,
    '$TOKEN',
    '{{ .Values.token }}',
    '<your token>',
    'true',
    'None',
    '4096',
    '****',
    '/var/run/secrets/token',
    './token',
    '~/.token',
    'file:/etc/token',
    'https://auth.example.com/token',
    'vault:secret/data/web#token',
    'op://vault/item/field',
    'arn:aws:secretsmanager:eu-west-1:1:secret:a',
    'projects/a/secrets/b/versions/1',
    'ENC[AES256_GCM,data:abc]',
    'web-tls',
    'github-credentials',
  ])('"%s" is not', (value) => expect(isLiteral(value)).toBe(false));

  it.each(Object.entries(FORMS))('%s is known by its form', (what, value) => {
    expect(keyForm(`x=${value}`)).toBe(what);
  });

  it.each([
    'AKIAIOSFODNN7EXAMPLE',
    'task-force-for-something-very-long-1',
    'sk-learn-something-that-is-long',
    'risk-management-service-v2-eu',
    'eyJhbGciOiJIUzI1NiJ9',
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'https://hooks.slack.com/services/',
    `sha256:${'0'.repeat(64)}`,
  ])('%s is no key', (value) => expect(keyForm(value)).toBeUndefined());

  it.each([
    URL_WITH_PASSWORD,
    `redis://:${HIDDEN}@cache`,
    `amqp://a:${HIDDEN}@mq/%2f?x=1`,
    `Server=db;User Id=a;Password=${HIDDEN};`,
    `host=db user=a password=${HIDDEN}`,
  ])('%s has a password', (value) => expect(hasConnectionPassword(value)).toBe(true));

  it.each([
    'postgresql://db:5432/app',
    'postgresql://app@db:5432/app',
    'postgresql://app:$(DB_PASSWORD)@db/app',
    'postgresql://USER:PASSWORD@HOST/DATABASE',
    'http://a:8080/b@c',
    'host=db user=a password=$(DB_PASSWORD)',
    'password=',
  ])('%s has none', (value) => expect(hasConnectionPassword(value)).toBe(false));
});

describeRules(workloadSecretRules, {
  'workload.env-secret': {
    fires: [
      [
        'by its name',
        env('API_TOKEN', HIDDEN),
        [`${AT}/env/0/value: API_TOKEN holds a secret, to judge by its name, as plain text`],
      ],
      ['by its form', env('NOTE', `use ${ANY}`), [`${AT}/env/0/value: NOTE holds a GitHub token as plain text`]],
      [
        'in an init container',
        deployment({ init: [{ env: [{ name: 'DB_PASSWORD', value: HIDDEN }] }] }),
        [
          'Deployment/web /spec/template/spec/initContainers/0/env/0/value: DB_PASSWORD holds a secret, to judge by its name, as plain text',
        ],
      ],
      [
        'in another image than the gateway’s',
        env('MCP_GATEWAY_AUTH_TOKEN', HIDDEN),
        [`${AT}/env/0/value: MCP_GATEWAY_AUTH_TOKEN holds a secret, to judge by its name, as plain text`],
      ],
    ],
    silent: [
      [
        'from a Secret',
        deployment({ container: { env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] } }),
      ],
      ['empty', env('TOKEN', '')],
      ['a file', env('TOKEN', '/etc/token')],
      ['a number of tokens', env('MAX_TOKENS', '100000')],
      ['a password in a connection string has a rule of its own', env('DATABASE_PASSWORD', URL_WITH_PASSWORD)],
      [
        'the token of docker’s gateway, too',
        deployment({
          container: {
            image: `docker/mcp-gateway:v0.43.1`,
            env: [{ name: 'MCP_GATEWAY_AUTH_TOKEN', value: 'test-token-123' }],
          },
        }),
      ],
    ],
  },
  'workload.env-connection-password': {
    fires: [
      [
        'a password in a URL',
        env('DATABASE_URL', URL_WITH_PASSWORD),
        [`${AT}/env/0/value: DATABASE_URL is a connection string with its password in it`],
      ],
    ],
    silent: [
      ['the password from another variable', env('DATABASE_URL', 'postgresql://app:$(DB_PASSWORD)@db/app')],
      ['no password', env('DATABASE_URL', 'postgresql://app@db/app')],
    ],
  },
  'workload.command-secret': {
    fires: [
      ['a flag', words(`--api-key=${HIDDEN}`), [`${AT}/args/0: the command line holds the value of api-key`]],
      [
        'a flag, then its value',
        words('--token', HIDDEN),
        [`${AT}/args/1: the command line holds the value of --token`],
      ],
      ['a key', words('run', ANY), [`${AT}/args/1: the command line holds a GitHub token`]],
      [
        'a header in a script',
        deployment({ container: { command: ['sh', '-c', `curl -H "Authorization: Bearer ${HIDDEN}" http://a`] } }),
        [`${AT}/command/2: the command line holds a bearer token`],
      ],
      [
        'an assignment in a script',
        deployment({ container: { command: ['sh', '-c', `set -e; PGPASSWORD='${HIDDEN}' psql`] } }),
        [`${AT}/command/2: the command line holds the value of PGPASSWORD`],
      ],
      [
        'a connection string',
        words(URL_WITH_PASSWORD),
        [`${AT}/args/0: the command line holds a connection string with its password`],
      ],
      [
        'the command of a probe, and of a hook',
        deployment({
          container: {
            livenessProbe: { exec: { command: ['ping', `--password=${HIDDEN}`] } },
            lifecycle: { preStop: { exec: { command: ['stop', '--token', HIDDEN] } } },
          },
        }),
        [
          `${AT}/livenessProbe/exec/command/1: the command line holds the value of password`,
          `${AT}/lifecycle/preStop/exec/command/2: the command line holds the value of --token`,
        ],
      ],
      [
        'in a Job',
        job({ pod: { containers: [step({ args: ['--password', HIDDEN] })] } }),
        ['Job/web /spec/template/spec/containers/0/args/1: the command line holds the value of --password'],
      ],
    ],
    silent: [
      ['from a variable', words('--token', '$(TOKEN)', '--api-key=$(KEY)', 'Bearer $(TOKEN)')],
      ['from a file', words('--token-file=/etc/token', '--token', '/etc/token', '--token=/etc/token')],
      ['a switch before another flag', words('--password', '--verbose')],
      ['another flag', words('--max-tokens=100000', '--key=a1', '--port', '8080')],
      ['prose', words('uses Bearer authentication, not a password')],
      [
        'from the environment, in a script',
        deployment({ container: { command: ['sh', '-c', 'PGPASSWORD=$PW psql; TOKEN=$(cat /t) run'] } }),
      ],
    ],
  },
  'workload.probe-secret': {
    fires: [
      [
        'a bearer token',
        deployment({
          container: {
            readinessProbe: {
              httpGet: { port: 'http', httpHeaders: [{ name: 'Authorization', value: `Bearer ${HIDDEN}` }] },
            },
          },
        }),
        [`${AT}/readinessProbe/httpGet/httpHeaders/0/value: readinessProbe sends Authorization as plain text`],
      ],
      [
        'a key in a header of its own',
        deployment({
          container: {
            livenessProbe: { httpGet: { port: 'http', httpHeaders: [{ name: 'X-Api-Key', value: HIDDEN }] } },
          },
        }),
        [`${AT}/livenessProbe/httpGet/httpHeaders/0/value: livenessProbe sends X-Api-Key as plain text`],
      ],
    ],
    silent: [
      [
        'other headers',
        deployment({
          container: {
            readinessProbe: { httpGet: { port: 'http', httpHeaders: [{ name: 'Host', value: 'a.example.com' }] } },
          },
        }),
      ],
      [
        'a template’s to fill in',
        deployment({
          container: {
            readinessProbe: {
              httpGet: { port: 'http', httpHeaders: [{ name: 'Authorization', value: 'Bearer <token>' }] },
            },
          },
        }),
      ],
    ],
  },
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

describeRules(workloadSecretObjectRules, {
  'workload.config-map-secret': {
    fires: [
      [
        'a value by its name',
        configMap({ 'db.password': HIDDEN }),
        ['ConfigMap/web /data/db.password: db.password holds a secret, to judge by its name, as plain text'],
      ],
      [
        'a key in a file',
        configMap({ 'b.json': `{"note":\n"${ANY}"}` }),
        ['ConfigMap/web /data/b.json: b.json holds a GitHub token as plain text'],
      ],
      [
        'a line of a file',
        configMap({ 'app.ini': `[db]\nhost = db\npassword = ${HIDDEN}\n` }),
        ['ConfigMap/web /data/app.ini: app.ini holds the value of password as plain text'],
      ],
      [
        'a connection string',
        configMap({ 'app.yaml': `a: 1\nurl: ${URL_WITH_PASSWORD}\n` }),
        ['ConfigMap/web /data/app.yaml: app.yaml holds a connection string with its password as plain text'],
      ],
    ],
    silent: [
      ['settings', configMap({ LOG_LEVEL: 'info', TOKEN_FILE: '/etc/token', MAX_TOKENS: '100000' })],
      [
        'names of Secrets and files',
        configMap({ 'mcpk.yaml': 'a: 1\nauth: { secret: mcp-gateway-token }\ntoken: web\n' }),
      ],
      ['a reference', configMap({ 'app.ini': 'a = 1\npassword = {{ password }}\napi_key = $KEY\n' })],
      ['a certificate', configMap({ 'ca.crt': `-----BEGIN CERTIFICATE-----\n${letters(64)}\n` })],
    ],
  },
  'workload.secret-in-manifest': {
    fires: [
      [
        'base64',
        secret({ data: { token: base64(HIDDEN), empty: '' } }),
        ['Secret/web /data: the manifest holds the values of Secret web: token'],
      ],
      [
        'plain text',
        secret({ stringData: { url: URL_WITH_PASSWORD, 'ca.crt': '-----BEGIN CERTIFICATE-----\nabc\n' } }),
        ['Secret/web /stringData: the manifest holds the values of Secret web: url'],
      ],
    ],
    silent: [
      ['no values', secret({ type: 'Opaque' })],
      ['empty ones, to be filled in', secret({ data: { token: '' }, stringData: { a: '<token>' } })],
      [
        'placeholders',
        secret({
          stringData: { token: `$${'{TOKEN}'}` },
          data: { a: '{{ .Values.token | b64enc }}', b: base64('<path:secret#a>') },
        }),
      ],
      ['encrypted by SOPS', secret({ data: { token: base64(HIDDEN) }, sops: { version: '3' } })],
      ['public', secret({ data: { 'ca.crt': base64('-----BEGIN CERTIFICATE-----\nabc\n') } })],
    ],
  },
});

it('nothing that is said repeats the secret', () => {
  const objects = [
    env('TOKEN', HIDDEN),
    env('A', ANY),
    env('DATABASE_URL', URL_WITH_PASSWORD),
    words('--token', HIDDEN, `--key-of=${ANY}`, URL_WITH_PASSWORD, `Bearer ${HIDDEN}`),
    configMap({ password: HIDDEN, file: `a\npassword: ${HIDDEN}\n` }),
    secret({ stringData: { a: HIDDEN }, data: { b: base64(HIDDEN) } }),
  ];
  const found = faults([...workloadSecretRules, ...workloadSecretObjectRules], objects);
  expect(found.length).toBeGreaterThan(8);
  for (const fault of found) {
    const { object: _, ...said } = fault;
    for (const value of [HIDDEN, ANY, base64(HIDDEN)]) expect(JSON.stringify(said)).not.toContain(value);
  }
});
