import { type AppCheck, fail, pass, type ServerCheck } from './check.ts';
import { parseGatewayLog } from './gateway-log.ts';
import type { LocalPorts } from './ports.ts';

const START = 'mcpk up --detach starts it, mcpk up shows it live';

const running: AppCheck<LocalPorts> = {
  id: 'local.running',
  category: 'local',
  title: 'mcpk up runs this app on this machine',
  severity: 'error',
  scope: 'app',
  needs: [],
  retry: false,
  run: async ({ local }) => {
    const found = await local.running();
    if (found) return pass(found.url);
    return fail('nothing of this app runs on this machine', {
      cause: 'mcpk up was not started with this config, or it has ended',
      remedies: [START],
    });
  },
};

const program: ServerCheck<LocalPorts> = {
  id: 'local.program',
  category: 'local',
  title: 'the server has a program on this machine',
  severity: 'error',
  scope: 'server',
  needs: ['local.running'],
  // The config may have changed a moment ago, and its package may be on its way.
  retry: true,
  run: async ({ local, place }, { server }) => {
    const problem = await local.notStarted(server.name);
    if (problem) return fail(problem.message, { remedies: problem.remedies });
    const argv = await local.argv(server.name);
    if (argv) return pass(argv.join(' '));
    return fail('mcpk up does not know this server', { remedies: [place.serverOutput(server.name), START] });
  },
};

const ready: AppCheck<LocalPorts> = {
  id: 'gateway.ready',
  category: 'gateway',
  title: 'the gateway is ready',
  severity: 'error',
  scope: 'app',
  needs: ['local.running'],
  retry: true,
  run: async ({ gateway, output }) => {
    const status = await gateway.status({ method: 'GET', path: '/ready', token: true });
    if (status === 200) return pass();
    const { servers } = parseGatewayLog((await output.gateway()) ?? '');
    const unreached = [...servers].flatMap(([name, said]) => ('error' in said ? [`${name}: ${said.error}`] : []));
    return fail(`/ready answers ${status}`, {
      cause: 'it reaches none of its servers',
      remedies: ['see the checks of the servers'],
      evidence: unreached,
    });
  },
};

const token: AppCheck<LocalPorts> = {
  id: 'security.token',
  category: 'security',
  title: 'the token and the secrets are in files that only you may read',
  severity: 'error',
  scope: 'app',
  needs: ['local.running'],
  retry: false,
  run: async ({ local, token: tokens, output, place }) => {
    const kept = await tokens.inspect();
    if (!kept || kept.length === 0)
      return fail(`there is no token in ${place.tokenIn}`, { remedies: [place.restartGateway] });
    const { all, open } = await local.privateFiles();
    if (open.length > 0) {
      return fail(`others can read ${open.join(', ')}`, {
        remedies: [`chmod 600 ${open.join(' ')}`, 'then change what stands there: it may be known'],
      });
    }
    if (await tokens.appearsIn((await output.gateway()) ?? '')) {
      return fail("the token stands in the gateway's log", {
        cause: 'a server printed it, or somebody wrote it there',
        remedies: [`remove ${place.tokenIn}, then ${place.restartGateway}: that makes a new one`],
      });
    }
    return pass(`${all.length} files`);
  },
};

export const localChecks = [running, program, ready, token];
