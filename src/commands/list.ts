import * as Flags from '@oclif/core/flags';
import { BaseCommand, configFlag } from '../base-command.ts';
import type { ListResult } from '../contract.ts';

export default class List extends BaseCommand<ListResult> {
  static override summary = 'Lists the servers of the config file, or of the catalog.';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list --catalog'];
  static override flags = {
    ...configFlag,
    catalog: Flags.boolean({ description: 'List what add-server can add by name.' }),
  };

  protected async execute() {
    const { flags } = await this.parse(List);
    const { list } = await import('../actions/list.ts');
    const result = await list({ cwd: process.cwd(), config: flags.config, catalog: flags.catalog });
    const { listText } = await import('../output/config.ts');
    return { result, text: (style: Parameters<typeof listText>[1]) => listText(result, style) };
  }
}
