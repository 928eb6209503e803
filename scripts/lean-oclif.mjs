// oclif starts faster, as it is bundled: what every command pays before its own first line. Three changes, all of which
// leave what oclif does as it is; a version of oclif in which they find nothing to change stops the build.
import { readFile } from 'node:fs/promises';

/** Packages that oclif needs for help, for errors, or never here: they stand in files of their own (dist/rare). */
export const RARE = ['cli-spinners', 'ejs', 'lilconfig', 'minimatch', 'string-width', 'tinyglobby', 'wrap-ansi'];

/** An esbuild plugin. */
export const leanOclif = {
  name: 'lean-oclif',
  setup(build) {
    const changed = { requires: 0, sorts: 0, packages: 0 };
    build.onResolve({ filter: new RegExp(`^(${RARE.join('|')})$`) }, ({ path, importer }) => {
      if (!importer.includes('/node_modules/@oclif/core/')) return undefined;
      changed.packages++;
      // By the name that `imports` of package.json gives: a chunk does not know in which folder it will be.
      return { path: `#rare/${path}`, external: true };
    });
    build.onLoad({ filter: /node_modules\/@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => {
      const { source, requires } = lazyRequires(await readFile(path, 'utf8'));
      const contents = source.replaceAll(LOCALE_SORT, BY_CODE_POINT);
      changed.requires += requires;
      changed.sorts += contents === source ? 0 : 1;
      return { contents, loader: 'js' };
    });
    build.onEnd(() => {
      const missing = Object.entries(changed).flatMap(([what, count]) => (count > 0 ? [] : [what]));
      if (missing.length > 0) return { errors: [{ text: `oclif has no such ${missing.join(' and ')} any more` }] };
    });
  },
};

/** Comparing by locale loads the tables of Unicode, 7 ms, to sort ids that are plain ASCII. */
const LOCALE_SORT = '.sort((a, b) => a.id.localeCompare(b.id))';
const BY_CODE_POINT = '.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))';

/**
 * Loads what a CommonJS file of TypeScript's requires when it is first used, not when the file is: templates, globbing,
 * spinners and rc files, of which a command uses none.
 */
function lazyRequires(text) {
  const names = [];
  const declared = text.replace(
    /^const (\w+) = (__importDefault|__importStar)?\(?(require\("[^"]+"\))\)?;$/gm,
    (_, name, wrap, required) => {
      names.push(name);
      return `let ${name}$; const ${name}$of = () => (${name}$ ??= ${wrap ? `${wrap}(${required})` : required});`;
    },
  );
  if (names.length === 0) return { source: text, requires: 0 };
  const uses = new RegExp(`(?<![\\w$])(${names.join('|')})(?![\\w$])`, 'g');
  return { source: declared.replace(uses, '($1$$of())'), requires: names.length };
}
