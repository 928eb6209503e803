/** Where an image is, in skopeo's words. */
export type ImageSource =
  | { transport: 'registry'; reference: RegistryReference }
  | { transport: 'oci'; path: string; tag?: string }
  | { transport: 'oci-archive' | 'docker-archive'; path: string; tag?: string }
  | { transport: 'docker-daemon'; reference: string };

export interface RegistryReference {
  /** Host and port of the API: Docker Hub's is another than its name. */
  host: string;
  repository: string;
  tag?: string;
  digest?: string;
  /** The reference in full. */
  name: string;
}

export type ParsedSource = { ok: true; source: ImageSource } | { ok: false; message: string; suggestion: string };

const FORMS = 'an image is named NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE or docker-daemon:REF';
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST = /^[a-z0-9][a-z0-9.-]*(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

/** Reads what a user wrote for an image; registry references as Docker and containerd do. */
export function parseSource(text: string): ParsedSource {
  const [, transport, rest = ''] = /^(oci|oci-archive|docker-archive|docker-daemon):(.*)$/s.exec(text) ?? [];
  // `oci:1.2` could be an image of that name too; skopeo's word wins, as there.
  if (transport === undefined) return parseRegistry(text.replace(/^docker:\/\//, ''));
  if (rest === '') return { ok: false, message: `${text} names nothing`, suggestion: FORMS };
  if (transport === 'docker-daemon') return { ok: true, source: { transport, reference: rest } };
  // The first colon ends the path, as with skopeo: what follows may be a whole reference.
  const colon = rest.indexOf(':');
  const hasTag = colon > 0;
  const source = {
    transport: transport as 'oci' | 'oci-archive' | 'docker-archive',
    path: hasTag ? rest.slice(0, colon) : rest,
    ...(hasTag && { tag: rest.slice(colon + 1) }),
  };
  return { ok: true, source };
}

function parseRegistry(text: string): ParsedSource {
  const [, name = '', tag, digest] = /^(.*?)(?::([^:/@]+))?(?:@(.*))?$/s.exec(text) ?? [];
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = first === 'localhost' || /[.:]/.test(first);
  const host = hasHost ? first : 'docker.io';
  const rest = hasHost ? name.slice(slash + 1) : name;
  const repository = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const wrong = (what: string): ParsedSource => ({
    ok: false,
    message: `${text} is no image: ${what}`,
    suggestion: FORMS,
  });
  if (!HOST.test(host)) return wrong(`"${host}" is no registry`);
  if (!REPOSITORY.test(repository) || name === '') {
    return wrong(
      /[A-Z]/.test(repository) ? 'a repository is written in lower case' : 'the repository is not spelt right',
    );
  }
  if (tag !== undefined && !TAG.test(tag)) return wrong(`"${tag}" is no tag`);
  if (digest !== undefined && !DIGEST.test(digest)) return wrong('a digest is sha256: and 64 hexadecimal digits');
  const shownTag = tag ?? (digest === undefined ? 'latest' : undefined);
  const reference: RegistryReference = {
    host: host === 'docker.io' || host === 'index.docker.io' ? 'registry-1.docker.io' : host,
    repository,
    ...(shownTag !== undefined && { tag: shownTag }),
    ...(digest !== undefined && { digest }),
    name: `${host}/${repository}${shownTag === undefined ? '' : `:${shownTag}`}${digest === undefined ? '' : `@${digest}`}`,
  };
  return { ok: true, source: { transport: 'registry', reference } };
}
