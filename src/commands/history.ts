import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { HistoryResult } from '../contract.ts';

export default class History extends BaseCommand<HistoryResult> {
  static override summary = 'Lists what has been deployed, and what it came to.';
  static override description =
    'A deploy that differs from the one before is a revision of the app as a whole. The cluster keeps the last ten.';
  static override examples = ['<%= config.bin %> history', '<%= config.bin %> history --json | jq .result.revisions'];
  static override flags = { ...configFlag, ...clusterFlags };

  protected async execute() {
    const { flags } = await this.parse(History);
    const [{ history }, { historyText }] = await Promise.all([
      import('../actions/history.ts'),
      import('../output/history.ts'),
    ]);
    const where = { cwd: process.cwd(), config: flags.config, version: this.config.version, env: process.env };
    const cluster = { kubeconfig: flags.kubeconfig, context: flags.context };
    const result = await this.interruptible((signal) => history({ ...where, ...cluster, signal }));
    return { result, text: (style: ChalkInstance) => historyText(result, style) };
  }
}
