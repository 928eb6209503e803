import { describe, expect, it } from 'vitest';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { networkRules } from '../../../src/core/rules/network-rules.ts';
import { referenceRules } from '../../../src/core/rules/reference-rules.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';
import { appOf } from '../../helpers/config.ts';
import { faults, object } from './objects.ts';

const RULES = [...referenceRules, ...networkRules];
const engines = ['mcpk', 'docker'] as const;
const variants = engines.flatMap((gateway) => engines.map((bridge) => [gateway, bridge] as const));

/** The objects of one app, as lint gets them. */
function rendered(servers: string, gateway: string, bridge: string, name = 'demo') {
  const app = appOf(`apiVersion: mcpk/v1
name: ${name}
namespace: mcp
gateway: { engine: ${gateway} }
bridge: { engine: ${bridge} }
servers:
${servers}`);
  return buildObjects(app).map((one) => object(structuredClone(one) as unknown as Record<string, unknown>));
}

const said = (objects: Parameters<typeof faults>[1]) =>
  faults(RULES, objects).map(({ rule, object: { kind, name }, message }) => `${rule} ${kind}/${name}: ${message}`);

const catalog = Object.values(catalogFromTemplates());
const server = ({ name, image }: (typeof catalog)[number]) =>
  `  ${name}: ${image ? '{}' : '{ image: example.com/x:1 }'}\n`;

describe.each(variants)('what mcpk renders, gateway %s, bridge %s', (gateway, bridge) => {
  it.each(catalog.map((entry) => [entry.name, entry] as const))('%s: nothing to say, no note either', (_, entry) => {
    expect(said(rendered(server(entry), gateway, bridge))).toEqual([]);
  });

  it('all of them together', () => {
    expect(said(rendered(catalog.map(server).join(''), gateway, bridge))).toEqual([]);
  });

  it('with everything that a server may have', () => {
    const all = `  own:
    image: example.com/own:1
    command: [own]
    secrets: [{ env: TOKEN, from: { name: my-secret, key: token } }]
    volumes: [{ name: data, mountPath: /data }, { name: more, mountPath: /more }]
    egress: [{ host: api.example.com, port: 443 }, { host: '*' }, { cidr: 10.0.5.0/24, port: 5432 }, { cidr: 'fd00::/8' }]
`;
    expect(said(rendered(all, gateway, bridge))).toEqual([]);
  });
});
