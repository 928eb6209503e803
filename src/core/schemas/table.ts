import generated from './kubernetes.generated.json' with { type: 'json' };

/**
 * Kubernetes' types in one line of text each, so that loading them costs next to nothing and only those that are met
 * are read: `key type;key! type`, where `!` says that the key must be there. Made by `npm run generate`.
 */
interface Table {
  /** Type by `apiVersion kind`; after a space, the format of metadata.name where it is no DNS subdomain. */
  kinds: Record<string, string>;
  types: Record<string, string>;
  enums: Record<string, string[]>;
  /** Versions of which every kind is known. */
  builtIn: string[];
}

const table: Table = generated;

export interface KindEntry {
  type: string;
  /** Format of metadata.name; undefined where it does not matter. */
  name: string | undefined;
  nameRequired: boolean;
}

/** The type of a kind; undefined where it is not known. */
export function kindEntry(apiVersion: string, kind: string): KindEntry | undefined {
  const entry = table.kinds[`${apiVersion} ${kind}`];
  if (entry === undefined) return undefined;
  const [type = '', name = 'dnsSubdomain'] = entry.split(' ');
  if (name === 'none') return { type, name: undefined, nameRequired: false };
  return { type, name: name.replace(/\?$/, ''), nameRequired: !name.endsWith('?') };
}

/** Every known kind, as apiVersion and kind. */
export function knownKinds(): { apiVersion: string; kind: string }[] {
  return Object.keys(table.kinds).map((key) => {
    const [apiVersion = '', kind = ''] = key.split(' ');
    return { apiVersion, kind };
  });
}

/** Whether all kinds of a version are known: those that are not, are not there. */
export function isBuiltIn(apiVersion: string): boolean {
  return table.builtIn.includes(apiVersion);
}

export interface FieldEntry {
  key: string;
  /** A type expression: a scalar, a format, an enum, a type, `[T]`, `{T}`, `{K:T}`; with `?` or `(1..5)` after it. */
  type: string;
  required: boolean;
}

/** The fields of a type; undefined for names of no type. */
export function fieldsOf(type: string): FieldEntry[] | undefined {
  const packed = table.types[type];
  if (packed === undefined) return undefined;
  if (packed === '') return [];
  return packed.split(';').map((field) => {
    const space = field.indexOf(' ');
    const required = field[space - 1] === '!';
    return { key: field.slice(0, required ? space - 1 : space), type: field.slice(space + 1), required };
  });
}

/** The words of an enum; undefined for names of none. */
export function enumOf(name: string): readonly string[] | undefined {
  return table.enums[name];
}
