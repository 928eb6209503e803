import { names } from '../app/app.ts';

/** Where a token is, for kubectl. */
export interface TokenPlace {
  context: string;
  namespace: string;
  secret: string;
  /** What KUBECONFIG has to be, where that is not the default. */
  kubeconfig?: string | undefined;
}

const TOKEN = `{{.data.${names.tokenKey}|base64decode}}`;

/** A shell command that writes the token to its standard output. */
export function tokenCommand(place: TokenPlace): string {
  return secretCommand(place, TOKEN);
}

/** A shell command that writes the HTTP headers of a request as JSON: what Claude Code calls a headersHelper. */
export function headersCommand(place: TokenPlace): string {
  return secretCommand(place, `{"Authorization":"Bearer ${TOKEN}"}`);
}

function secretCommand({ context, namespace, secret, kubeconfig }: TokenPlace, template: string): string {
  const words = ['kubectl', '--context', context, '-n', namespace, 'get', 'secret', secret, '-o'];
  const command = [...words.map(quoted), `go-template=${quoted(template)}`].join(' ');
  return kubeconfig === undefined ? command : `KUBECONFIG=${quoted(kubeconfig)} ${command}`;
}

/** For a POSIX shell. Source: POSIX Shell Command Language, 2.2.2. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
