import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand, clusterFlags, durationFlag, identityFlags, imageFlags, registryFlags } from '../base-command.ts';
import type { InspectResult } from '../contract.ts';

export default class Inspect extends BaseCommand<InspectResult> {
  static override summary = 'Tells whether an image runs as a user, without running it.';
  static override description =
    'Reads the layers and follows every file from the command on as the kernel does: PATH, links, the bits of each folder, #! lines, loaders, file capabilities. IMAGE is NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE or docker-daemon:REF. Exit code 1 when it fails, 3 when it cannot be told.';
  static override usage = '<%= command.id %> IMAGE [FLAGS] [-- PROGRAM ARGUMENT...]';
  static override examples = [
    '<%= config.bin %> inspect mcp/fetch',
    '<%= config.bin %> inspect mcp/fetch --uid 65532',
    '<%= config.bin %> inspect mcp/fetch --run --namespace mcp',
    '<%= config.bin %> inspect oci-archive:notes.tar -- node /app/server.js',
  ];
  static override args = { image: Args.string({ description: 'Where the image is.', required: true }) };
  static override flags = {
    ...imageFlags,
    ...identityFlags,
    run: Flags.boolean({
      description: 'Also run it, in a Job on the cluster: start the program, initialize it, list its tools.',
      helpGroup: 'RUN',
    }),
    namespace: Flags.string({
      char: 'n',
      description: 'Where the Job runs; it must exist (default: the context’s).',
      helpGroup: 'RUN',
      dependsOn: ['run'],
    }),
    ...clusterFlags,
    timeout: durationFlag({
      description: 'How long the Job may take.',
      default: async () => 120_000,
      defaultHelp: async () => '2m',
      helpGroup: 'RUN',
    }),
    'bridge-image': Flags.string({
      description: 'Image of mcpk’s bridge (default: this version’s own).',
      helpGroup: 'RUN',
      helpValue: 'IMAGE',
      dependsOn: ['run'],
    }),
  };

  protected async execute() {
    const { own, command } = this.splitCommand();
    const { flags, args } = await this.parse(Inspect, own);
    const { image } = args;
    // Together: one after the other they would wait for each other's files.
    const [{ inspectImage, verdictExitCode }, { layerProgress }, { inspectText }] = await Promise.all([
      import('../actions/inspect.ts'),
      import('../output/image-progress.ts'),
      import('../output/inspect.ts'),
    ]);
    const trial = flags.run ? await import('../actions/try-image.ts') : undefined;
    trial?.nodeReference(image);
    const progress = layerProgress(process.stderr, this.quiet);
    const result = await this.interruptible(async (signal) => {
      const judged = await inspectImage({
        image,
        platform: flags.platform,
        question: {
          runAsUser: flags.uid,
          runAsGroup: flags.gid,
          ...(command.length > 0 && { argv: command }),
        },
        registry: { ...registryFlags(flags), env: process.env, signal },
        onProgress: progress.show,
      }).finally(progress.end);
      if (!trial) return judged;
      const { context, kubeconfig, namespace, timeout: timeoutMs } = flags;
      return trial.tryImage(judged, {
        ...{ context, kubeconfig, namespace, timeoutMs, signal, env: process.env },
        bridgeImage: flags['bridge-image'],
        version: this.config.version,
        onProgress: (message) => void (this.quiet || process.stderr.write(`run: ${message}\n`)),
      });
    });
    return {
      result,
      exitCode: trial ? trial.trialExitCode(result) : verdictExitCode(result),
      text: (style: Parameters<typeof inspectText>[1]) => inspectText(result, style),
    };
  }
}
