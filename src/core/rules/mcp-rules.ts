import { mcpGatewayRules } from './mcp-gateway.ts';
import { mcpGatewayAuthRules } from './mcp-gateway-auth.ts';
import { mcpServerRules } from './mcp-server.ts';
import { mcpTopologyRules } from './mcp-topology.ts';
import type { Rule } from './rule.ts';

/** What only those know who run MCP servers on Kubernetes. */
export const mcpRules: readonly Rule[] = [
  ...mcpGatewayAuthRules,
  ...mcpGatewayRules,
  ...mcpServerRules,
  ...mcpTopologyRules,
];
