import { SaxesParser } from 'saxes';
import { expect } from 'vitest';

export interface XmlNode {
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  text: string;
}

/** What the schema of Jenkins' xUnit plugin, the strictest of all readers, allows of what we could use. */
const GRAMMAR: Record<string, { attributes: string[]; required: string[]; children: string[] }> = {
  testsuites: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    required: [],
    children: ['testsuite'],
  },
  testsuite: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    required: ['name', 'tests', 'failures', 'errors'],
    children: ['testcase'],
  },
  testcase: {
    attributes: ['classname', 'name', 'time'],
    required: ['classname', 'name'],
    children: ['failure', 'error', 'skipped', 'system-out'],
  },
  failure: { attributes: ['message', 'type'], required: ['message', 'type'], children: [] },
  error: { attributes: ['message', 'type'], required: ['message', 'type'], children: [] },
  skipped: { attributes: ['message'], required: [], children: [] },
  'system-out': { attributes: [], required: [], children: [] },
};

/** Reads strictly: well-formed XML 1.0, only known elements and attributes, white space only between elements. */
export function parseJunit(xml: string): XmlNode {
  const root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const path = [root];
  const top = () => path.at(-1) as XmlNode;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const node: XmlNode = { name, attributes, children: [], text: '' };
    top().children.push(node);
    path.push(node);
  });
  parser.on('text', (text) => {
    top().text += text;
  });
  parser.on('closetag', () => path.pop());
  parser.write(xml).close();
  for (const node of root.children) check(node);
  return root.children[0] as XmlNode;
}

function check({ name, attributes, children, text }: XmlNode): void {
  const rule = GRAMMAR[name];
  expect(rule, name).toBeDefined();
  if (!rule) return;
  expect(rule.attributes).toEqual(expect.arrayContaining(Object.keys(attributes)));
  expect(Object.keys(attributes)).toEqual(expect.arrayContaining(rule.required));
  expect(rule.children).toEqual(expect.arrayContaining(children.map((child) => child.name)));
  if (rule.children.length > 0) expect(text.trim()).toBe('');
  for (const child of children) check(child);
}
