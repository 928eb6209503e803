/**
 * In what the type table differs from what the API server of the tests (1.35) says of itself, and why; what
 * templates/schemas/kubernetes.yaml makes required or optional on purpose is not repeated here.
 */
export const EXPECTED_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['words: V1ServiceSpec.ipFamilies (here IPv4,IPv6, there ,IPv4,IPv6)', 'the API server refuses the empty word'],
  ['words only there: V1Lifecycle.stopSignal', '65 signals, for a field that hardly anybody sets'],
  ['words only there: V1DeviceToleration.effect', 'the API server takes any word'],
  ['words only there: V1DeviceToleration.operator', 'the API server takes any word'],
  ...['V1AllocatedDeviceStatus.data', 'V1ManagedFieldsEntry.fieldsV1', 'V1OpaqueDeviceConfiguration.parameters'].map(
    (field): [string, string] => [`type: ${field} (here any, there a mapping)`, 'the API server takes any JSON'],
  ),
]);
