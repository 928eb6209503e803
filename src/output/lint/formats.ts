import type { Reporter } from './report.ts';

/** The words of --format and --output, and what makes each. A report is loaded when it is asked for. */
export const FORMATS = {
  text: async (): Promise<Reporter> => (await import('./text.ts')).lintText,
  json: async (): Promise<Reporter> => {
    const { successEnvelope } = await import('../envelope.ts');
    return (result, { exitCode, warnings }) => successEnvelope('lint', exitCode, result, warnings);
  },
  sarif: async (): Promise<Reporter> => (await import('./sarif.ts')).lintSarif,
  junit: async (): Promise<Reporter> => (await import('./junit.ts')).lintJunit,
  tap: async (): Promise<Reporter> => (await import('./tap.ts')).lintTap,
  github: async (): Promise<Reporter> => (await import('./github.ts')).lintGithub,
};

export type Format = keyof typeof FORMATS;
