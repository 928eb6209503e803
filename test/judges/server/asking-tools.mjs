// Tools that ask the client over the open connection, as revisions up to 2025-11-25 have it.
import { text } from './content.mjs';

const property = (type, value, more = {}) => ({ type, default: value, ...more });

export const askingTools = {
  async test_sampling({ prompt }, ctx) {
    const messages = [{ role: 'user', content: text(prompt) }];
    const { content } = await ctx.mcpReq.requestSampling({ messages, maxTokens: 100 });
    return { content: [text(`LLM response: ${content.text}`)] };
  },

  async test_elicitation({ message }, ctx) {
    const requestedSchema = {
      type: 'object',
      properties: {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      },
      required: ['username', 'email'],
    };
    const { action, content } = await ctx.mcpReq.elicitInput({ message, requestedSchema });
    return { content: [text(`User response: <action: ${action}, content: ${JSON.stringify(content)}>`)] };
  },

  test_elicitation_sep1034_defaults: (_, ctx) =>
    elicit(ctx, {
      name: property('string', 'John Doe'),
      age: property('integer', 30),
      score: property('number', 95.5),
      status: property('string', 'active', { enum: ['active', 'inactive', 'pending'] }),
      verified: property('boolean', true),
    }),

  test_elicitation_sep1330_enums: (_, ctx) => {
    const plain = ['option1', 'option2', 'option3'];
    return elicit(ctx, {
      untitledSingle: { type: 'string', enum: plain },
      titledSingle: { type: 'string', oneOf: titled('value', 'Option') },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: plain } },
      titledMulti: { type: 'array', items: { anyOf: titled('value', 'Choice') } },
    });
  },
};

function titled(value, title) {
  return ['First', 'Second', 'Third'].map((nth, index) => ({
    const: `${value}${index + 1}`,
    title: `${nth} ${title}`,
  }));
}

async function elicit(ctx, properties) {
  const requestedSchema = { type: 'object', properties, required: [] };
  const { action, content } = await ctx.mcpReq.elicitInput({ message: 'Please fill in', requestedSchema });
  return { content: [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)] };
}
