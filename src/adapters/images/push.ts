import { type Derived, digestOf } from '../../core/images/derive.ts';
import type { RegistryReference } from '../../core/images/reference.ts';
import { type RegistryOptions, Repository } from './registry.ts';
import type { FoundLayer } from './sources.ts';

/** Blobs of the registry that the image comes from need not be sent: it links them. */
export interface PushSource {
  host: string;
  repository: string;
}

/** Pushes an image: first what it is made of, its manifest last (OCI distribution-spec, "Push"). @throws McpkError */
export async function pushImage(
  reference: RegistryReference,
  image: { derived: Derived; layers: readonly FoundLayer[]; packed: Buffer; from?: PushSource | undefined },
  options: RegistryOptions,
): Promise<void> {
  const scheme = options.plainHttp.includes(reference.host) ? 'http' : 'https';
  const repository = new Repository(`${scheme}://${reference.host}`, reference, options, 'pull,push');
  const mount = image.from?.host === reference.host ? image.from.repository : undefined;
  for (const { digest, open, size } of image.layers) await pushBlob(repository, digest, { open, size }, mount);
  for (const bytes of [image.packed, image.derived.config])
    await pushBlob(repository, digestOf(bytes), { open: () => once(bytes), size: bytes.length }, undefined);
  const answer = await repository.request('PUT', `manifests/${reference.tag ?? 'latest'}`, {
    headers: { 'content-type': image.derived.manifestType },
    body: image.derived.manifest,
  });
  if (!answer.ok) throw await repository.failure(answer);
  answer.discard();
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function pushBlob(
  repository: Repository,
  digest: string,
  { open, size }: { open: () => AsyncIterable<Buffer>; size: number },
  mount: string | undefined,
): Promise<void> {
  const there = await repository.request('HEAD', `blobs/${digest}`);
  if (there.ok) return;
  const query = mount === undefined ? '' : `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mount)}`;
  const started = await repository.request('POST', `blobs/uploads/${query}`, { headers: { 'content-length': '0' } });
  const location = started.header('location');
  if (started.status !== 201 && (started.status !== 202 || !location)) throw await repository.failure(started);
  started.discard();
  if (started.status === 201 || !location) return;
  const upload = new URL(location, started.url);
  upload.searchParams.set('digest', digest);
  const answer = await repository.request('PUT', upload.href, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: open,
  });
  if (answer.status !== 201) throw await repository.failure(answer);
  answer.discard();
}
