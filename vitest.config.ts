import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The first two need a cluster: `npm run test:e2e` runs them.
    exclude: ['test/e2e/**', 'test/integration/**', 'test/kernel/**', '**/node_modules/**'],
    testTimeout: 30_000,
    // They wait for processes more than they compute: a machine of two cores has room for two files at once.
    maxWorkers: 2,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'reports/unit.json' }]] : ['default'],
  },
});
