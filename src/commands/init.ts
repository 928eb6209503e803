import { basename } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, configFlag } from '../base-command.ts';
import type { InitResult } from '../contract.ts';

export default class Init extends BaseCommand<InitResult> {
  static override summary = 'Writes a new config file.';
  static override description =
    'Asks on a terminal; takes flags otherwise. A file that is already there is never touched.';
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init --name demo --namespace mcp --server duckduckgo',
  ];
  static override flags = {
    ...configFlag,
    name: Flags.string({ description: 'Name of the app (default: this folder’s name).', helpValue: 'NAME' }),
    namespace: Flags.string({
      char: 'n',
      description: 'Kubernetes namespace (default: the app’s name).',
      helpValue: 'NAME',
    }),
    engine: Flags.string({ description: 'Whose gateway.', options: ['mcpk', 'docker'] as const, default: 'mcpk' }),
    server: Flags.string({
      description: 'A server of the catalog; may be given several times.',
      multiple: true,
      helpValue: 'NAME',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Ask nothing, also on a terminal.' }),
  };

  protected async execute() {
    const { flags } = await this.parse(Init);
    const given = { name: flags.name, namespace: flags.namespace, servers: flags.server };
    const ask = !flags.yes && !this.quiet && process.stdin.isTTY && process.stderr.isTTY;
    const suggested = suggestName(process.cwd());
    const answers = ask ? await (await import('../output/ask-init.ts')).askInit(given, suggested) : given;
    const { init } = await import('../actions/init.ts');
    const result = await init({
      cwd: process.cwd(),
      config: flags.config,
      engine: flags.engine as 'mcpk' | 'docker',
      name: answers.name ?? suggested,
      namespace: answers.namespace,
      servers: answers.servers ?? [],
    });
    const { initText, nonRootRemarks } = await import('../output/config.ts');
    for (const remark of nonRootRemarks(result.servers)) this.remark(remark);
    return { result, text: (style: Parameters<typeof initText>[1]) => initText(result, style) };
  }
}

/** A DNS label made of the folder's name. */
function suggestName(cwd: string): string {
  const name = basename(cwd)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
  return name.replace(/-+$/, '') || 'mcp';
}
