import type { Reporter } from './report.ts';

/** The words of --format and --output, and what makes each. A report is loaded when it is asked for. */
export const FORMATS = {
  text: async (): Promise<Reporter> => (await import('./text.ts')).verifyText,
  short: async (): Promise<Reporter> => (await import('./text.ts')).verifyShort,
  json: async (): Promise<Reporter> => {
    const { successEnvelope } = await import('../envelope.ts');
    return (result, { exitCode, warnings }) => successEnvelope('verify', exitCode, result, warnings);
  },
  junit: async (): Promise<Reporter> => (await import('./junit.ts')).verifyJunit,
  tap: async (): Promise<Reporter> => (await import('./tap.ts')).verifyTap,
  github: async (): Promise<Reporter> => (await import('./github.ts')).verifyGithub,
};

export type Format = keyof typeof FORMATS;
