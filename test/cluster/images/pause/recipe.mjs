// What holds a pod's namespaces.
export default ({ directory }) => ({
  reference: 'mcpk.test/pause:1',
  layers: [{ kind: 'go', directory: `${directory}/src`, to: '/pause' }],
  config: { Entrypoint: ['/pause'], User: '65535:65535' },
});
