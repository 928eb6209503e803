import type { V1HTTPHeader } from '@kubernetes/client-node';

/**
 * What looks like a secret, judged by its name or by its own form. Nothing here returns the value, nor a part of it:
 * what a rule says must not be another place where the secret stands.
 */

/** Last words of names whose values are secrets. */
const WORD = /(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|APIKEY|SECRETKEY|PRIVATEKEY|ACCESSKEY|CREDENTIALS?)$/;
/** Secrets only after another word: PWD alone is a folder, PASS a result. */
const SHORT_WORD = /^(PASS|PWD|PAT)$/;
const KEY_OF = new Set(['API', 'SECRET', 'PRIVATE', 'ACCESS', 'ENCRYPTION', 'SIGNING', 'MASTER', 'ACCOUNT', 'LICENSE']);
/** Words that make it something else: a number of tokens, a token of a language model, a switch, a public key. */
const HARMLESS =
  /^(MAX|MIN|NUM|COUNT|PUBLIC|PUBLISHABLE|ANON|ENABLED?|DISABLED?|USE|REQUIRED?|ALLOW|VALIDATE|HAS|IS|EOS|BOS|PAD|STOP|UNK)$/;

/** Whether a value under that name is a secret: GITHUB_TOKEN, dbPassword, x-api-key; not TOKEN_FILE, MAX_TOKENS. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '' && !/^(\d+|VALUE|B64|BASE64)$/.test(word));
  const last = words.at(-1)?.replace(/\d+$/, '') ?? '';
  const before = words.at(-2) ?? '';
  if (words.some((word) => HARMLESS.test(word))) return false;
  if (SHORT_WORD.test(last)) return before !== '' && before !== 'OLD';
  return WORD.test(last) || (last === 'KEY' && KEY_OF.has(before));
}

const NOT_LITERAL = [
  /^$/,
  // Filled in by Kubernetes, a shell, a template, a pipeline.
  /\$\([A-Za-z_]|\$\{|^\$[A-Za-z_]|\{\{|%[A-Z_]+%/,
  /^<[^<>]*>$/,
  // Encrypted by SOPS.
  /^ENC\[/,
  /^(true|false|yes|no|on|off|null|none|unset|enabled|disabled|required|optional)$/i,
  /^\d{1,4}$/,
  /^[*x.•-]+$/i,
  // A place of a file.
  /^(~|\.{1,2})?\/[\w.-]+(\/[\w.-]+)*\/?$/,
  // References of secret stores.
  /^(vault|op|ref\+[a-z]+|arn|ssm|env|file|keyring|secret|secretref|gsm|akv|sops):/i,
  /^projects\/[^/]+\/secrets\//,
  // The name of a Secret.
  /^[a-z0-9-]+-(secrets?|tls|credentials)$/,
];

/** An address without a password in it. */
const PLAIN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^@\s]*$/i;

/** Whether a value is itself, not a reference to what stands elsewhere, nor a switch or a placeholder. */
export function isLiteral(value: string): boolean {
  const text = value.trim();
  return !NOT_LITERAL.some((pattern) => pattern.test(text)) && !PLAIN_URL.test(text);
}

/** Forms of keys that their issuers made recognisable. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a GitHub token', /(?<![A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/],
  ['a GitLab token', /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,}/],
  ['a Slack token', /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ['the address of a Slack webhook', /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]+/],
  ['an AWS access key', /(?<![A-Za-z0-9])A(KIA|SIA)(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}(?![0-9A-Za-z])/],
  ['a Google API key', /(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}/],
  ['a Stripe key', /(?<![A-Za-z0-9])[sr]k_live_[0-9A-Za-z]{16,}/],
  ['a SendGrid key', /(?<![A-Za-z0-9])SG\.[\w-]{20,}\.[\w-]{20,}/],
  ['an npm token', /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}/],
  ['a Hugging Face token', /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/],
  ['a Docker Hub token', /(?<![A-Za-z0-9])dckr_pat_[\w-]{20,}/],
  // Long and with a digit: words joined by hyphens can begin with sk, too.
  ['an API key (sk-...)', /(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}/],
  ['a JSON web token', /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
  ['a private key', /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/],
];

/** What a text holds, where a key in it can be told by its form. */
export function keyForm(text: string): string | undefined {
  return FORMS.find(([, pattern]) => pattern.test(text))?.[0];
}

const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/gi;
const DSN_PASSWORD = /(?:^|[;\s?&"'])(?:password|pwd)=([^;&\s"']+)/gi;

/** Whether a connection string has its password in it: scheme://user:password@host, or host=... password=... */
export function hasConnectionPassword(text: string): boolean {
  return [...text.matchAll(URL_PASSWORD), ...text.matchAll(DSN_PASSWORD)].some(
    // Documentation writes USER:PASSWORD@HOST.
    ([, password = '']) => password !== 'PASSWORD' && isLiteral(password),
  );
}

/** Whether a text has `Bearer` and then a token. */
export function hasBearer(text: string): boolean {
  // With a digit: prose goes on with a word.
  return /\bBearer\s+(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}/i.test(text);
}

const SECRET_HEADER = /^(authorization|proxy-authorization|cookie)$/i;

/** Whether a header of a request carries a secret. */
export function isSecretHeader({ name, value }: V1HTTPHeader): boolean {
  if (keyForm(value) !== undefined) return true;
  return (SECRET_HEADER.test(name) || isSecretName(name)) && isLiteral(value.replace(/^(bearer|basic)\s+/i, ''));
}
