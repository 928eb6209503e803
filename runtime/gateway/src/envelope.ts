/**
 * What every request of the revision 2026-07-28 carries in `_meta`, and what its results carry.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/index
 */

declare const __MCPK_VERSION__: string;

export const MODERN_REVISION = '2026-07-28';

const PREFIX = 'io.modelcontextprotocol/';

export const Meta = {
  protocolVersion: `${PREFIX}protocolVersion`,
  clientInfo: `${PREFIX}clientInfo`,
  clientCapabilities: `${PREFIX}clientCapabilities`,
  logLevel: `${PREFIX}logLevel`,
  serverInfo: `${PREFIX}serverInfo`,
  subscriptionId: `${PREFIX}subscriptionId`,
} as const;

/** How the gateway calls itself, to clients and to servers. */
export const IDENTITY = { name: 'mcpk-gateway', version: __MCPK_VERSION__ };

/** Raw `_meta` of the gateway's own requests to a server of that revision. */
export const OWN_ENVELOPE = JSON.stringify({
  [Meta.protocolVersion]: MODERN_REVISION,
  [Meta.clientInfo]: IDENTITY,
  [Meta.clientCapabilities]: {},
});

/** Raw `_meta` of the gateway's own results. */
export const RESULT_META = JSON.stringify({ [Meta.serverInfo]: IDENTITY });
