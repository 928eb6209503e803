import type { ChalkInstance } from 'chalk';
import { BaseCommand, configFlag } from '../base-command.ts';
import type { DownResult } from '../contract.ts';

export default class Down extends BaseCommand<DownResult> {
  static override summary = 'Ends what `mcpk up` runs on this machine.';
  static override description =
    'The config file need not be valid any more. What servers stored stays. Nothing to end is no error.';
  static override examples = ['<%= config.bin %> down'];
  static override flags = { ...configFlag };

  protected async execute() {
    const { flags } = await this.parse(Down);
    const [{ down }, { downText }] = await Promise.all([import('../actions/down.ts'), import('../output/up.ts')]);
    const result = await down({ cwd: process.cwd(), config: flags.config, env: process.env });
    return { result, text: (style: ChalkInstance) => downText(result, style) };
  }
}
