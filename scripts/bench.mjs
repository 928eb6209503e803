// `npm run bench`: start-up costs of commands. `npm run bench -- runtime [--short] [--write]`: bridge and gateway.
const [what, ...args] = process.argv.slice(2);
if (what === 'runtime') await (await import('./bench/runtime.mjs')).benchRuntime(args);
else (await import('./bench/commands.mjs')).benchCommands();
