export default ({ tools }) => ({
  reference: 'mcpk.test/coredns:1',
  layers: [{ kind: 'files', entries: [{ path: '/coredns', from: `${tools}/coredns`, mode: 0o755 }] }],
  config: { Entrypoint: ['/coredns'], User: '65532:65532' },
});
