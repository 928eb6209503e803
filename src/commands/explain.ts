import * as Args from '@oclif/core/args';
import { BaseCommand } from '../base-command.ts';
import type { ExplainResult } from '../contract.ts';

export default class Explain extends BaseCommand<ExplainResult> {
  static override summary = 'Prints what a check, a diagnosis or an error means and what to do, offline.';
  static override description = 'Without an id, lists all of them.';
  static override examples = ['<%= config.bin %> explain security.exec-permission', '<%= config.bin %> explain'];
  static override args = {
    id: Args.string({ description: 'Id of a check, a diagnosis or an error, as reports print it.' }),
  };

  protected async execute() {
    const { args } = await this.parse(Explain);
    const { explain } = await import('../actions/explain.ts');
    const result = explain(args.id);
    return { result, text: () => result.text };
  }
}
