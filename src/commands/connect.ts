import { homedir } from 'node:os';
import * as Flags from '@oclif/core/flags';
import type { ConnectEvent } from '../actions/connect.ts';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { ConnectResult } from '../contract.ts';

export default class Connect extends BaseCommand<ConnectResult> {
  static override summary = 'Opens a port on this machine that leads to the gateway on the cluster, and keeps it open.';
  static override description = [
    'Connections go through the API server to a Ready pod of the gateway; when that is replaced, new ones go to the next.',
    'The token is never printed. Entries refer to it where the client can; the file of Claude Desktop gets it with --write.',
    'Ctrl-C ends it (exit code 0; 130 if it did not listen yet).',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> connect',
    '<%= config.bin %> connect --client claude-code --write',
    '<%= config.bin %> connect --port 0 --json',
  ];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    port: Flags.integer({
      char: 'p',
      description: 'Port on 127.0.0.1; 0 takes a free one.',
      default: 8811,
      min: 0,
      max: 65535,
    }),
    client: Flags.option({
      description: 'Print the entry for this client’s config file.',
      options: ['claude', 'claude-code', 'vscode', 'cursor', 'json'] as const,
    })(),
    write: Flags.boolean({
      description: 'Put the entry into the file; everything else in it stays.',
      dependsOn: ['client'],
    }),
  };

  protected async execute() {
    const { flags } = await this.parse(Connect);
    const [{ connectApp }, { connectText, eventText, listeningText }, { styleFor }] = await Promise.all([
      import('../actions/connect.ts'),
      import('../output/connect.ts'),
      import('../output/style.ts'),
    ]);
    const { config, kubeconfig, context, port, client, write = false } = flags;
    const where = { cwd: process.cwd(), homedir: homedir(), platform: process.platform, env: process.env };
    const own = { version: this.config.version, config, kubeconfig, context, port, client, write };
    const onEvent = (event: ConnectEvent) => void process.stderr.write(eventText(event, new Date()));
    const { result, serve } = await this.interruptible((signal) => connectApp({ ...where, ...own, signal, onEvent }));
    if (write && port === 0)
      this.remark('with --port 0 the port changes each time, and the entry with it: name a port');
    const goesOn = () =>
      this.interruptible(async (signal) => {
        // Who reads this may send the signal at once.
        process.stderr.write(listeningText(result, styleFor('stderr', process.env)));
        await serve(signal);
      });
    return { result, text: () => connectText(result), goesOn };
  }
}
