// What the official TypeScript clients can do through a gateway, as one line of JSON.
//   node typescript.mjs URL v1|v1-sse|v2-legacy|v2-auto|v2-modern
const [url, kind] = process.argv.slice(2);
const report = { kind };

async function connectV1() {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const types = await import('@modelcontextprotocol/sdk/types.js');
  const client = new Client({ name: 'judge', version: '1' });
  let transport;
  if (kind === 'v1-sse') {
    const { SSEClientTransport } = await import('@modelcontextprotocol/sdk/client/sse.js');
    transport = new SSEClientTransport(new URL(url.replace(/\/mcp$/, '/sse')));
  } else {
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    transport = new StreamableHTTPClientTransport(new URL(url));
  }
  await client.connect(transport);
  const call = (name, args, options) => client.callTool({ name, arguments: args }, undefined, options);
  return {
    client,
    call,
    onUpdated: (handler) => client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, handler),
    onToolsChanged: (handler) => client.setNotificationHandler(types.ToolListChangedNotificationSchema, handler),
    subscribe: (uri) => client.subscribeResource({ uri }),
  };
}

async function connectV2() {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const mode = { 'v2-legacy': 'legacy', 'v2-auto': 'auto', 'v2-modern': { pin: '2026-07-28' } }[kind];
  const client = new Client({ name: 'judge', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  report.era = client.getProtocolEra();
  return {
    client,
    call: (name, args, options) => client.callTool({ name, arguments: args }, options),
    onUpdated: (handler) => client.setNotificationHandler('notifications/resources/updated', handler),
    onToolsChanged: (handler) => client.setNotificationHandler('notifications/tools/list_changed', handler),
    subscribe: (uri) =>
      report.era === 'modern'
        ? client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] })
        : client.subscribeResource({ uri }),
  };
}

const { client, call, onUpdated, onToolsChanged, subscribe } = await (kind.startsWith('v1')
  ? connectV1()
  : connectV2());

/** Resolves with true when called, and with false after a while. */
function once(register) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 10_000, false);
    register(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

report.tools = (await client.listTools()).tools.length;
report.prompts = (await client.listPrompts()).prompts.length;
report.resources = (await client.listResources()).resources.length;
report.text = (await call('test_simple_text', {})).content[0].text;

const progress = [];
await call('test_tool_with_progress', {}, { onprogress: (told) => progress.push(told.progress) });
report.progress = progress;

const controller = new AbortController();
const cancelled = call('test_wait_for_cancel', {}, { signal: controller.signal }).then(
  () => 'answered',
  () => 'cancelled',
);
setTimeout(() => controller.abort(), 300);
report.cancelled = await cancelled;

const updated = once(onUpdated);
const changed = once(onToolsChanged);
await subscribe('test://watched-resource');
await call('test_trigger_resource_update', { uri: 'test://watched-resource' });
await call('test_trigger_tool_change', {});
report.updated = await updated;
report.toolsChanged = await changed;

await client.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit();
