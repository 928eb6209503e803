import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag, imageFlags, registryFlags } from '../base-command.ts';
import type { DeployResult } from '../contract.ts';
import { parseDuration } from '../core/deploy/duration.ts';
import { UsageError } from '../errors.ts';

export default class Deploy extends BaseCommand<DeployResult> {
  static override summary = 'Puts the app on a cluster and waits until it runs.';
  static override description =
    'Changes only what differs, removes what mcpk.yaml no longer has, and says why a server does not start. Running it again resumes.';
  static override examples = [
    '<%= config.bin %> deploy',
    '<%= config.bin %> deploy --context kind-dev --timeout 90s',
    '<%= config.bin %> deploy --json | jq .result.workloads',
  ];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    ...imageFlags,
    timeout: Flags.string({
      description: 'How long to wait until everything runs, e.g. 90s or 5m.',
      default: '5m',
      helpValue: 'TIME',
    }),
    'force-conflicts': Flags.boolean({ description: 'Take over fields that other tools have set.' }),
  };

  protected async execute() {
    const { flags } = await this.parse(Deploy);
    const timeoutMs = parseDuration(flags.timeout);
    if (timeoutMs === undefined) {
      throw new UsageError('usage.invalid', `--timeout ${flags.timeout} is no duration`, {
        suggestions: ['--timeout 90s', '--timeout 5m'],
      });
    }
    const [{ deploy }, { deployExitCode }, { deployText }, { imageRemarks }, { layerProgress }] = await Promise.all([
      import('../actions/deploy.ts'),
      import('../actions/roll-out.ts'),
      import('../output/deploy.ts'),
      import('../output/config.ts'),
      import('../output/image-progress.ts'),
    ]);
    const layers = layerProgress(process.stderr, this.quiet);
    const progress = this.quiet ? undefined : await this.progress();
    const warnings: string[] = [];
    try {
      const result = await this.interruptible((signal) =>
        deploy({
          cwd: process.cwd(),
          config: flags.config,
          version: this.config.version,
          kubeconfig: flags.kubeconfig,
          context: flags.context,
          env: process.env,
          signal,
          timeoutMs,
          forceConflicts: flags['force-conflicts'],
          images: { ...registryFlags(flags), platform: flags.platform, onProgress: layers.show },
          onEvent: (event) => {
            if (event.type === 'warning') warnings.push(event.message);
            else if (event.type === 'images') {
              layers.end();
              for (const remark of imageRemarks(event.images, event.servers)) this.remark(remark);
            } else progress?.onEvent(event);
          },
        }),
      );
      return { result, text: (style: ChalkInstance) => deployText(result, style), exitCode: deployExitCode(result) };
    } finally {
      progress?.stop();
      // Not before: they would stand in the way of live lines.
      for (const warning of new Set(warnings)) this.remark(warning);
    }
  }

  private async progress() {
    const [{ deployProgress }, { styleFor }] = await Promise.all([
      import('../output/progress.ts'),
      import('../output/style.ts'),
    ]);
    return deployProgress(process.stderr, styleFor('stderr', process.env));
  }
}
