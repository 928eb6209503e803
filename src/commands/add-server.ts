import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, configFlag, imageFlags, registryFlags } from '../base-command.ts';
import type { AddServerResult } from '../contract.ts';

export default class AddServer extends BaseCommand<AddServerResult> {
  static override summary = 'Adds MCP servers to the config file.';
  static override description =
    'A NAME of the catalog needs nothing else. Any other server needs its image and its whole command line.';
  static override examples = [
    '<%= config.bin %> add-server duckduckgo time',
    '<%= config.bin %> add-server notes --image registry.example.com/notes:1.2 --command "node /app/server.js"',
  ];
  static override strict = false;
  static override args = { name: Args.string({ description: 'Names of the servers.', required: true }) };
  static override flags = {
    ...configFlag,
    ...imageFlags,
    image: Flags.string({ description: 'Container image, instead of the catalog’s.', helpValue: 'IMAGE' }),
    command: Flags.string({
      description: 'Command line of the stdio server, quoted as for a shell.',
      helpValue: '"PROGRAM ARGS"',
    }),
  };

  protected async execute() {
    const { flags, argv } = await this.parse(AddServer);
    const { addServer } = await import('../actions/add-server.ts');
    const names = [...new Set(argv.map(String))];
    const [{ layerProgress }, { addServerText, imageRemarks }] = await Promise.all([
      import('../output/image-progress.ts'),
      import('../output/config.ts'),
    ]);
    const progress = layerProgress(process.stderr, this.quiet);
    const result = await this.interruptible((signal) =>
      addServer({
        cwd: process.cwd(),
        config: flags.config,
        names,
        image: flags.image,
        command: flags.command,
        version: this.config.version,
        images: {
          ...registryFlags(flags),
          platform: flags.platform,
          env: process.env,
          signal,
          onProgress: progress.show,
        },
      }).finally(progress.end),
    );
    for (const remark of imageRemarks(result.images, result.added)) this.remark(remark);
    return { result, text: (style: Parameters<typeof addServerText>[1]) => addServerText(result, style) };
  }
}
