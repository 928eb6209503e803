import { appendedValues, type Change, canBeMade, changed, editsOf, equalData, isNothing } from './change.ts';
import type { Edit } from './edit.ts';
import { appendToBlock, putInBlock, removeFromBlock, staysFlow } from './edit-block.ts';
import { appendToFlow, putInFlow, removeFromFlow } from './edit-flow.ts';
import type { YamlItem, YamlNode } from './node.ts';
import type { Splice } from './splice.ts';
import { type Style, styleOf } from './write.ts';

/** The place of a value: what is written there, and the entry that it is the value of. */
interface Slot {
  node: YamlNode | undefined;
  item: YamlItem | undefined;
  /** The map or list that the entry is in; undefined for the root of the document. */
  parent: YamlNode | undefined;
}

type Entries = [string, unknown][];

/**
 * Where and how a text changes.
 * @param data what the text stands for
 * @returns also the edits that this text has no place for, for instance below an alias
 */
export function splicesOf(
  text: string,
  root: YamlNode | undefined,
  change: Change,
  data: unknown,
): { splices: Splice[]; refused: Edit[] } {
  const walk = new Walk(text, root);
  walk.visit({ node: root, item: undefined, parent: undefined }, change, data);
  return walk;
}

class Walk {
  readonly splices: Splice[] = [];
  readonly refused: Edit[] = [];
  readonly #text: string;
  readonly #style: Style;

  constructor(text: string, root: YamlNode | undefined) {
    this.#text = text;
    this.#style = styleOf(text, root);
  }

  visit(slot: Slot, own: Change, before: unknown): void {
    const { node } = slot;
    const wanted = own.leaf ? changed(before, own) : undefined;
    if (wanted !== undefined && equalData(before, wanted)) return;
    if (wanted !== undefined) this.#put(slot, own, wanted);
    else if (node?.type === 'alias') this.#refuse(own);
    else if (isNothing(before) || isEmpty(before)) this.#fill(slot, own, before);
    else if (node?.type === 'map') this.#visitMap(node, slot, own, before as Record<string, unknown>);
    else if (node?.type === 'list') this.#visitList(node, slot, own, before as unknown[]);
    else this.#refuse(own);
  }

  /** Puts what is made below a value that is nothing yet, or an empty map or list. */
  #fill(slot: Slot, own: Change, before: unknown): void {
    if (isNothing(before) && !canBeMade(own)) this.#refuse(own);
    if (!isNothing(before) && !Array.isArray(before)) this.refused.push(...own.appended);
    for (const child of own.children.values()) {
      if (Array.isArray(before) || !canBeMade(child)) this.#refuse(child);
    }
    const made = changed(before, own);
    if (!equalData(before, made)) this.#put(slot, own, made);
  }

  #visitMap(node: YamlNode, slot: Slot, own: Change, before: Record<string, unknown>): void {
    const removed = new Set<YamlItem>();
    const added: Entries = [];
    for (const [key, child] of own.children) {
      const items = node.items.filter((item) => item.key === key);
      const item = items.at(-1);
      // A merge, such as `<<: *defaults`, brings in keys that are not written here; they can be set, no more.
      const isSet = child.leaf !== undefined && child.leaf !== 'delete';
      if (!item && Object.hasOwn(before, key) && !isSet) this.#refuse(child);
      else if (child.leaf === 'delete') for (const one of items) removed.add(one);
      else if (item) this.visit({ node: item.value, item, parent: node }, child, before[key]);
      else if (!canBeMade(child)) this.#refuse(child);
      else {
        const made = changed(undefined, child);
        if (made !== undefined) added.push([key, made]);
      }
    }
    this.refused.push(...own.appended);
    this.#rewrite(node, slot, own, removed, added);
  }

  #visitList(node: YamlNode, slot: Slot, own: Change, before: readonly unknown[]): void {
    const removed = new Set<YamlItem>();
    for (const [token, child] of own.children) {
      const item = node.items[Number(token)];
      if (!item) this.#refuse(child);
      else if (child.leaf === 'delete') removed.add(item);
      else this.visit({ node: item.value, item, parent: node }, child, before[Number(token)]);
    }
    const added = appendedValues(own).map((value): [string, unknown] => ['', value]);
    this.#rewrite(node, slot, own, removed, added);
  }

  #rewrite(node: YamlNode, slot: Slot, own: Change, removed: ReadonlySet<YamlItem>, added: Entries): void {
    if (removed.size === 0 && added.length === 0) return;
    const last = node.items.findLast((item) => !removed.has(item));
    if (!last) {
      this.#put(slot, own, node.type === 'map' ? Object.fromEntries(added) : added.map(([, value]) => value));
      return;
    }
    const [append, remove] = node.flow ? [appendToFlow, removeFromFlow] : [appendToBlock, removeFromBlock];
    if (added.length > 0) this.splices.push(...append(this.#text, node, last, added, this.#style));
    this.splices.push(...remove(this.#text, node, removed, slot.parent === undefined));
  }

  #put({ node, item, parent }: Slot, own: Change, value: unknown): void {
    if (parent?.flow || (!parent && node?.flow) || (item && staysFlow(node, value))) {
      this.splices.push(putInFlow(this.#text, item, node, value, this.#style));
    } else if (parent && item?.indicator !== undefined) {
      const slot = { item: { ...item, indicator: item.indicator }, isItem: parent.type === 'list' };
      this.splices.push(putInBlock(this.#text, slot, value, this.#style));
    } else this.#refuse(own);
  }

  #refuse(change: Change): void {
    this.refused.push(...editsOf(change));
  }
}

function isEmpty(data: unknown): boolean {
  return typeof data === 'object' && data !== null && Object.keys(data).length === 0;
}
