import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, identityFlags, imageFlags, registryFlags } from '../base-command.ts';
import type { FixResult } from '../contract.ts';

export default class Fix extends BaseCommand<FixResult> {
  static override summary = 'Derives an image that starts without root: one small layer, no daemon.';
  static override description =
    'Adds the bits that stand in the way of the command, as `mcpk inspect` finds them, and changes nothing else. The result is an image of one platform, written to an OCI layout or pushed.';
  static override usage = '<%= command.id %> IMAGE [FLAGS] [-- PROGRAM ARGUMENT...]';
  static override examples = [
    '<%= config.bin %> fix mcp/fetch --output registry.example.com/mcp-fetch:fixed',
    '<%= config.bin %> fix mcp/fetch --output oci:fetch-fixed',
  ];
  static override args = {
    image: Args.string({ description: 'Where the image is, as for `inspect`.', required: true }),
  };
  static override flags = {
    ...imageFlags,
    ...identityFlags,
    output: Flags.string({
      char: 'o',
      description: 'Where the derived image goes: oci:DIR[:TAG], or NAME:TAG to push it.',
      helpValue: 'IMAGE',
      required: true,
    }),
  };

  protected async execute() {
    const { own, command } = this.splitCommand();
    const { flags, args } = await this.parse(Fix, own);
    const { image } = args;
    const { fixImage } = await import('../actions/fix.ts');
    const { layerProgress } = await import('../output/image-progress.ts');
    const progress = layerProgress(process.stderr, this.quiet);
    const result = await this.interruptible((signal) =>
      fixImage({
        image,
        output: flags.output,
        platform: flags.platform,
        question: { runAsUser: flags.uid, runAsGroup: flags.gid, ...(command.length > 0 && { argv: command }) },
        registry: { ...registryFlags(flags), env: process.env, signal },
        onProgress: progress.show,
      }).finally(progress.end),
    );
    const { fixText } = await import('../output/fix.ts');
    return { result, text: (style: Parameters<typeof fixText>[1]) => fixText(result, style) };
  }
}
