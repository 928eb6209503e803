import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LayerEntry, parentOf } from '../../../src/core/images/layer.ts';
import { memoryLayer } from '../../helpers/memory-layer.ts';

type Kind = 'directory' | 'file' | 'whiteout' | 'implicit';
interface Said {
  path: string;
  type: Kind;
  opaque: boolean;
}

const isBelow = (path: string, folder: string) => (folder === '' ? path !== '' : path.startsWith(`${folder}/`));

/** Unpacks members in their order, one by one, as a runtime does; what is found at last, path by path. */
function unpacked(members: readonly Said[]): Map<string, { type: Kind; opaque: boolean }> {
  const said = new Map<string, { last?: 'directory' | 'file'; implicit: boolean; hides: boolean }>();
  for (const { path, type, opaque } of members) {
    const one = said.get(path) ?? { implicit: false, hides: false };
    said.set(path, one);
    if (type === 'whiteout' || opaque) one.hides = true;
    if (type === 'implicit') one.implicit = true;
    if (type === 'directory' || type === 'file') one.last = type;
    // What takes the place of a folder takes all that is below it away.
    if (type === 'file') for (const other of said.keys()) if (isBelow(other, path)) said.delete(other);
  }
  const found = new Map<string, { type: Kind; opaque: boolean }>();
  const files = [...said].filter(([, { last }]) => last === 'file').map(([path]) => path);
  const alive = [...said].filter(([path]) => !files.some((file) => isBelow(path, file)));
  for (const [path, { last, implicit, hides }] of alive) {
    const hasMore = alive.some(([other]) => isBelow(other, path));
    const type = last ?? (implicit || hasMore ? 'implicit' : 'whiteout');
    found.set(path, { type, opaque: hides && (type === 'directory' || type === 'implicit') });
    for (let at = path; at !== ''; ) {
      at = parentOf(at);
      if (!said.has(at)) found.set(at, { type: 'implicit', opaque: false });
    }
  }
  return found;
}

const member: fc.Arbitrary<Said> = fc
  .record({
    path: fc.array(fc.constantFrom('a', 'b', 'ab', 'a-'), { maxLength: 4 }).map((parts) => parts.join('/')),
    type: fc.constantFrom<Kind>('directory', 'directory', 'file', 'whiteout', 'implicit'),
    opaque: fc.boolean(),
  })
  .map(({ opaque, ...one }) => ({ ...one, opaque: opaque && one.type === 'implicit' }));

describe('the members of one layer', () => {
  it('come to what unpacking them one by one comes to', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 25 }), (members) => {
        const entries = members.map(
          ({ path, type, opaque }): LayerEntry => ({
            path,
            type,
            mode: 0,
            uid: 0,
            gid: 0,
            ...(opaque && { opaque }),
          }),
        );
        const layer = memoryLayer(entries);
        const expected = unpacked(members);
        const paths = new Set(['', ...members.flatMap(({ path }) => [path, parentOf(path), `${path}/b`])]);
        for (const path of paths) {
          const found = layer.find(path);
          expect(found && { type: found.type, opaque: found.opaque === true }).toEqual(expected.get(path));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
