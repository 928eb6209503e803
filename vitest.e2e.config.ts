import { defineConfig } from 'vitest/config';

/** Tests that need a cluster, named by MCPK_E2E_KUBECONFIG: `npm run test:e2e`. One at a time, on one node. */
export default defineConfig({
  test: {
    include: ['test/kernel/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/integration/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'reports/e2e.json' }]] : ['default'],
  },
});
