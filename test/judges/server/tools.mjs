// Tools of the conformance scenarios that only answer, log, report progress or change a list.
import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import { image, pause, text, WAV } from './content.mjs';

const says = (value) => () => ({ content: [text(value)] });

export const plainTools = {
  test_simple_text: says('This is a simple text response for testing.'),
  json_schema_2020_12_tool: says('fine'),
  test_param_header: says('fine'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => ({
    isError: true,
    content: [text('This tool intentionally returns an error for testing')],
  }),

  async test_tool_with_logging(_, ctx) {
    await ctx.mcpReq.log('info', 'Tool execution started');
    await pause();
    await ctx.mcpReq.log('info', 'Tool processing data');
    await pause();
    await ctx.mcpReq.log('info', 'Tool execution completed');
    return { content: [text('logged')] };
  },
  async test_logging_tool(_, ctx) {
    await ctx.mcpReq.log('info', 'only for those who asked for it');
    return { content: [text('logged')] };
  },

  async test_tool_with_progress(_, ctx) {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progress > 0) await pause();
      if (progressToken === undefined) continue;
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    return { content: [text('done')] };
  },

  async test_wait_for_cancel(_, ctx) {
    process.stderr.write('test_wait_for_cancel: waiting\n');
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener('abort', resolve));
    process.stderr.write('test_wait_for_cancel: cancelled\n');
    return { content: [text('cancelled')] };
  },

  async test_trigger_tool_change(_, _ctx, changes) {
    await changes.toolsChanged();
    return { content: [text('changed')] };
  },
  async test_trigger_prompt_change(_, _ctx, changes) {
    await changes.promptsChanged();
    return { content: [text('changed')] };
  },
  async test_trigger_resource_update({ uri }, _ctx, changes) {
    await changes.resourceUpdated(uri);
    return { content: [text('updated')] };
  },

  test_missing_capability(_, ctx) {
    const declared = ctx.mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'];
    if (declared?.sampling === undefined) {
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    }
    return { content: [text('sampling is there')] };
  },
};

function resource(uri, mimeType, value) {
  return { type: 'resource', resource: { uri, mimeType, text: value } };
}
