/**
 * What every program of the local target gets of the user's environment. The rest, tokens of other programs among it,
 * is none of their business.
 */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|XDG_\w+|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i;

export function baseEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (PASSED_ON.test(key) && value !== undefined ? [[key, value]] : [])),
  );
}
