import * as Flags from '@oclif/core/flags';
import { BaseCommand, configFlag } from '../base-command.ts';
import type { RenderResult } from '../contract.ts';

export default class Render extends BaseCommand<RenderResult> {
  static override summary = 'Prints the Kubernetes manifests of the app.';
  static override description =
    'The same config always gives the same bytes. The gateway’s token is not among the manifests: `mcpk deploy` creates its Secret.';
  static override examples = [
    '<%= config.bin %> render | kubectl apply -f -',
    '<%= config.bin %> render --output manifests',
  ];
  static override flags = {
    ...configFlag,
    output: Flags.string({ char: 'o', description: 'Write one file an object into this folder.', helpValue: 'FOLDER' }),
  };

  protected async execute() {
    const { flags } = await this.parse(Render);
    const { render } = await import('../actions/render.ts');
    const result = await render({
      cwd: process.cwd(),
      config: flags.config,
      output: flags.output,
      version: this.config.version,
    });
    const { renderText } = await import('../output/config.ts');
    return { result, text: () => renderText(result) };
  }
}
