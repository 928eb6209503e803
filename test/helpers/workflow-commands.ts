export interface WorkflowCommand {
  name: string;
  properties: Record<string, string>;
  data: string;
}

/** As the runner reads a line (actions/runner, ActionCommand.cs): what it would take for a command. */
export function workflowCommand(line: string): WorkflowCommand | undefined {
  const [, head = '', data = ''] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
  if (head === '') return undefined;
  const plain = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  const space = head.indexOf(' ');
  const list =
    space < 0
      ? []
      : head
          .slice(space + 1)
          .split(',')
          .filter(Boolean);
  const properties = list.map((pair) => {
    const at = pair.indexOf('=');
    const value = plain(pair.slice(at + 1))
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',');
    return [pair.slice(0, at), value.replaceAll('%25', '%')];
  });
  return {
    name: space < 0 ? head : head.slice(0, space),
    properties: Object.fromEntries(properties),
    data: plain(data).replaceAll('%25', '%'),
  };
}
