// Tools, and a prompt, that answer `input_required` and go on when the client comes back (revision 2026-07-28).
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import { text } from './content.mjs';

const codec = createRequestStateCodec({ key: 'a key for tests only, of at least 32 bytes' });
/** Rejects a state that somebody has touched. */
export const requestState = { verify: codec.verify };

const elicitation = (message, name, type = 'string') => ({
  method: 'elicitation/create',
  params: {
    message,
    requestedSchema: { type: 'object', properties: { [name]: { type } }, required: [name] },
  },
});
const sampling = (question, maxTokens) => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: text(question) }], maxTokens },
});
const listRoots = { method: 'roots/list', params: {} };

const needs = (inputRequests, state) => ({
  resultType: 'input_required',
  inputRequests,
  ...(state === undefined ? {} : { requestState: state }),
});
const done = (value) => ({ content: [text(value)] });

/** The answer to a question, if it looks like one. */
function answerOf(ctx, key, member) {
  const answer = ctx.mcpReq.inputResponses?.[key];
  return typeof answer === 'object' && answer !== null && answer[member] !== undefined ? answer : undefined;
}

export const roundTools = {
  test_input_required_result_elicitation(_, ctx) {
    const answer = answerOf(ctx, 'user_name', 'action');
    if (answer === undefined) return needs({ user_name: elicitation('What is your name?', 'name') });
    return done(`Hello, ${answer.content?.name}!`);
  },
  test_streaming_elicitation: (_, ctx) => roundTools.test_input_required_result_elicitation(_, ctx),

  test_input_required_result_sampling(_, ctx) {
    const answer = answerOf(ctx, 'capital_question', 'content');
    if (answer === undefined) return needs({ capital_question: sampling('What is the capital of France?', 100) });
    return done(answer.content.text);
  },

  test_input_required_result_list_roots(_, ctx) {
    const answer = answerOf(ctx, 'client_roots', 'roots');
    if (answer === undefined) return needs({ client_roots: listRoots });
    return done(answer.roots.map(({ uri }) => uri).join(', '));
  },

  async test_input_required_result_request_state(_, ctx) {
    if (ctx.mcpReq.requestState()?.step === 'asked' && answerOf(ctx, 'confirm', 'action')) return done('state-ok');
    return needs({ confirm: elicitation('Please confirm', 'ok', 'boolean') }, await codec.mint({ step: 'asked' }));
  },
  test_input_required_result_tampered_state: (_, ctx) => roundTools.test_input_required_result_request_state(_, ctx),

  async test_input_required_result_multiple_inputs(_, ctx) {
    const { inputResponses } = ctx.mcpReq;
    if (['user_name', 'greeting', 'client_roots'].every((key) => inputResponses?.[key])) return done('all there');
    const all = {
      user_name: elicitation('What is your name?', 'name'),
      greeting: sampling('Generate a greeting', 50),
      client_roots: listRoots,
    };
    return needs(all, await codec.mint({ step: 'asked' }));
  },

  async test_input_required_result_multi_round(_, ctx) {
    const state = ctx.mcpReq.requestState();
    if (state?.step === 2 && answerOf(ctx, 'step2', 'action')) return done(`${state.name} and a color`);
    const first = answerOf(ctx, 'step1', 'action');
    if (state?.step === 1 && first !== undefined) {
      const name = first.content?.name;
      return needs(
        { step2: elicitation('Step 2: What is your favorite color?', 'color') },
        await codec.mint({ step: 2, name }),
      );
    }
    return needs({ step1: elicitation('Step 1: What is your name?', 'name') }, await codec.mint({ step: 1 }));
  },

  test_input_required_result_capabilities(_, ctx) {
    const declared = ctx.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
    const all = {
      ...(declared.sampling ? { greeting: sampling('Generate a greeting', 50) } : {}),
      ...(declared.elicitation ? { user_name: elicitation('What is your name?', 'name') } : {}),
    };
    return Object.keys(all).length === 0 ? done('nothing to ask for') : needs(all);
  },
};

export function roundPrompt(ctx) {
  const answer = answerOf(ctx, 'user_context', 'action');
  if (answer === undefined)
    return needs({ user_context: elicitation('What context should the prompt use?', 'context') });
  return { messages: [{ role: 'user', content: text(`In the context of ${answer.content?.context}`) }] };
}
