import { cancel, isCancel, multiselect, text } from '@clack/prompts';
import { listCatalogNames } from '../actions/list.ts';
import { InterruptedError } from '../errors.ts';

interface Answers {
  name?: string | undefined;
  namespace?: string | undefined;
  servers?: string[] | undefined;
}

/** Asks on the terminal for what was not given by flags. The conversation is on stderr: stdout is the product. */
export async function askInit(given: Answers, suggested: string): Promise<Answers> {
  const output = process.stderr;
  const name =
    given.name ??
    answered(await text({ message: 'Name of the app', defaultValue: suggested, placeholder: suggested, output }));
  const namespace =
    given.namespace ??
    answered(await text({ message: 'Kubernetes namespace', defaultValue: name, placeholder: name, output }));
  const servers =
    given.servers ??
    answered(
      await multiselect({
        message: 'MCP servers (space selects, enter confirms)',
        options: (await listCatalogNames()).map(({ name: value, description: hint }) => ({
          value,
          label: value,
          hint,
        })),
        required: false,
        output,
      }),
    );
  return { name, namespace, servers };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel('Nothing was written.', { output: process.stderr });
  throw new InterruptedError('init was cancelled; nothing was written');
}
