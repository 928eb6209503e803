import * as Args from '@oclif/core/args';
import { BaseCommand, configFlag } from '../base-command.ts';
import type { RemoveServerResult } from '../contract.ts';

export default class RemoveServer extends BaseCommand<RemoveServerResult> {
  static override summary = 'Removes MCP servers from the config file.';
  static override examples = ['<%= config.bin %> remove-server fetch'];
  static override strict = false;
  static override args = { name: Args.string({ description: 'Names of the servers.', required: true }) };
  static override flags = { ...configFlag };

  protected async execute() {
    const { flags, argv } = await this.parse(RemoveServer);
    const { removeServer } = await import('../actions/remove-server.ts');
    const names = [...new Set(argv.map(String))];
    const result = await removeServer({ cwd: process.cwd(), config: flags.config, names });
    const { removeServerText } = await import('../output/config.ts');
    return { result, text: (style: Parameters<typeof removeServerText>[1]) => removeServerText(result, style) };
  }
}
