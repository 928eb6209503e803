import * as Args from '@oclif/core/args';
import { BaseCommand, identityFlags, imageFlags, registryFlags } from '../base-command.ts';
import type { InspectResult } from '../contract.ts';

export default class Inspect extends BaseCommand<InspectResult> {
  static override summary = 'Tells whether an image runs as a user, without running it.';
  static override description =
    'Reads the layers and follows every file from the command on as the kernel does: PATH, links, the bits of each folder, #! lines, loaders, file capabilities. IMAGE is NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE or docker-daemon:REF. Exit code 1 when it fails, 3 when it cannot be told.';
  static override usage = '<%= command.id %> IMAGE [FLAGS] [-- PROGRAM ARGUMENT...]';
  static override examples = [
    '<%= config.bin %> inspect mcp/fetch',
    '<%= config.bin %> inspect mcp/fetch --uid 65532',
    '<%= config.bin %> inspect oci-archive:notes.tar -- node /app/server.js',
  ];
  static override args = { image: Args.string({ description: 'Where the image is.', required: true }) };
  static override flags = {
    ...imageFlags,
    ...identityFlags,
  };

  protected async execute() {
    const { own, command } = this.splitCommand();
    const { flags, args } = await this.parse(Inspect, own);
    const { image } = args;
    const { inspectImage, verdictExitCode } = await import('../actions/inspect.ts');
    const { layerProgress } = await import('../output/image-progress.ts');
    const progress = layerProgress(process.stderr, this.quiet);
    const result = await this.interruptible((signal) =>
      inspectImage({
        image,
        platform: flags.platform,
        question: {
          runAsUser: flags.uid,
          runAsGroup: flags.gid,
          ...(command.length > 0 && { argv: command }),
        },
        registry: { ...registryFlags(flags), env: process.env, signal },
        onProgress: progress.show,
      }).finally(progress.end),
    );
    const { inspectText } = await import('../output/inspect.ts');
    return {
      result,
      exitCode: verdictExitCode(result),
      text: (style: Parameters<typeof inspectText>[1]) => inspectText(result, style),
    };
  }
}
