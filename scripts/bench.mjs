// `npm run bench`: start-up costs of commands. `npm run bench -- runtime [--short] [--write]`: bridge and gateway.
// `npm run bench -- images`: verdicts of images. `npm run bench -- lint`: 1,001 objects, beside other checkers.
const [what, ...args] = process.argv.slice(2);
if (what === 'runtime') await (await import('./bench/runtime.mjs')).benchRuntime(args);
else if (what === 'images') await (await import('./bench/images.mjs')).benchImages();
else if (what === 'lint') await (await import('./bench/lint.mjs')).benchLint();
else (await import('./bench/commands.mjs')).benchCommands();
