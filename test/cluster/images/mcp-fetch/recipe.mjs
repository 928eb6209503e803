import { config, layers } from '../builder/fetch.mjs';

// The fault that mcpk finds: any uid but 0 gets "permission denied" from exec.
export default () => ({ reference: 'docker.io/mcp/fetch:latest', layers, config });
