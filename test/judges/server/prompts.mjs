// Prompts of the conformance scenarios.
import { image, text } from './content.mjs';
import { roundPrompt } from './rounds.mjs';

const user = (content) => ({ role: 'user', content });
const needed = (name) => ({ name, description: `the ${name}`, required: true });

const PROMPTS = {
  test_simple_prompt: {
    get: () => ({ messages: [user(text('This is a simple prompt for testing.'))] }),
  },
  test_prompt_with_arguments: {
    arguments: [needed('arg1'), needed('arg2')],
    get: ({ arg1, arg2 }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  },
  test_prompt_with_embedded_resource: {
    arguments: [needed('resourceUri')],
    get: ({ resourceUri }) => ({
      messages: [
        user({
          type: 'resource',
          resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        }),
        user(text('Please process the embedded resource above.')),
      ],
    }),
  },
  test_prompt_with_image: {
    get: () => ({ messages: [user(image), user(text('Please analyze the image above.'))] }),
  },
  test_input_required_result_prompt: { get: (_, ctx) => roundPrompt(ctx) },
};

export function servePrompts(server) {
  server.setRequestHandler('prompts/list', () => ({
    prompts: Object.entries(PROMPTS).map(([name, prompt]) => ({
      name,
      description: `The prompt ${name}`,
      ...(prompt.arguments === undefined ? {} : { arguments: prompt.arguments }),
    })),
  }));
  server.setRequestHandler('prompts/get', ({ params }, ctx) => {
    const prompt = PROMPTS[params.name];
    if (prompt === undefined) throw new Error(`unknown prompt: ${params.name}`);
    return prompt.get(params.arguments ?? {}, ctx);
  });
  server.setRequestHandler('completion/complete', ({ params }) => {
    const values = ['paris', 'park', 'party'].filter((value) => value.startsWith(params.argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
}
