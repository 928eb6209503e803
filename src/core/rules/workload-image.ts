import { containerRule, type Rule } from './rule.ts';

interface Image {
  tag: string | undefined;
  digest: boolean;
}

/** What an image reference pins. The port of a registry is no tag: a tag holds no slash. */
function read(image: string): Image {
  const [name = '', digest] = image.split('@');
  const [, tag] = /:([^:/]+)$/.exec(name) ?? [];
  return { tag, digest: digest !== undefined };
}

function moves({ tag, digest }: Image): boolean {
  return !digest && (tag === undefined || tag === 'latest');
}

/** Docker's catalog of MCP servers publishes no tag but latest: only a digest pins its images. */
function hasNoOtherTag(image: string): boolean {
  return /^(docker\.io\/)?mcp\/[^/]+$/.test(image);
}

/** Not written yet: a template's or a pipeline's to fill in. */
function isOpen(image: string | undefined): image is undefined {
  return image === undefined || image === '' || /[${}<>]/.test(image);
}

const imageTag = containerRule(
  {
    id: 'workload.image-latest',
    severity: 'warning',
    page: {
      title: 'the image is whatever is newest',
      why: 'A name without a tag means :latest, and that tag moves: nodes that pulled at different times run different programs, a restart can change what runs, and nothing says what to go back to.',
      todo: ['image: NAME@sha256:DIGEST (crane digest NAME prints it)', 'at least a tag that names one release'],
    },
  },
  ({ container: { image, imagePullPolicy } }) => {
    if (isOpen(image)) return undefined;
    const parts = read(image);
    if (!moves(parts)) return undefined;
    const what = parts.tag === undefined ? 'has no tag, which means :latest' : 'has a tag that moves';
    // With a tag that moves, the default is Always.
    const then = (imagePullPolicy ?? 'Always') === 'Always';
    const harm = then ? 'what runs can change at every start' : 'each node keeps the one that it pulled first';
    const message = `image ${image} ${what}: ${harm}`;
    return { pointer: '/image', message, ...(hasNoOtherTag(image) && { severity: 'info' as const }) };
  },
);

const imageDigest = containerRule(
  {
    id: 'workload.image-digest',
    severity: 'info',
    page: {
      title: 'the image is not pinned by its digest',
      why: 'A tag can be pushed again. A digest is the checksum of the image: the registry cannot hand out another one under it.',
      todo: ['image: NAME:TAG@sha256:DIGEST; the tag then only tells people which release it is'],
    },
  },
  ({ container: { image } }) => {
    if (isOpen(image)) return undefined;
    const parts = read(image);
    if (parts.digest || moves(parts)) return undefined;
    return { pointer: '/image', message: `image ${image} has a tag and no digest: the tag can be pushed again` };
  },
);

const pullPolicy = containerRule(
  {
    id: 'workload.image-pull-policy',
    severity: 'info',
    page: {
      title: 'the registry is asked for what cannot have changed',
      why: 'imagePullPolicy Always asks the registry at every start, and a digest can bring nothing new. Without the registry the pod does not start, although its node has the image.',
      todo: ['imagePullPolicy: IfNotPresent, or none: it is the default of an image with a digest'],
    },
  },
  ({ container: { image, imagePullPolicy } }) =>
    !isOpen(image) && imagePullPolicy === 'Always' && read(image).digest
      ? {
          pointer: '/imagePullPolicy',
          message: 'imagePullPolicy Always asks the registry at every start for an image whose digest cannot change',
          fix: [{ op: 'set', pointer: '/imagePullPolicy', value: 'IfNotPresent' }],
        }
      : undefined,
);

export const workloadImageRules: readonly Rule[] = [imageTag, imageDigest, pullPolicy];
