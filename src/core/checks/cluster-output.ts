import type { ClusterPort, OutputPort } from './ports.ts';

/** What the newest pod of each component printed. */
export function clusterOutput(cluster: ClusterPort): OutputPort {
  return {
    gateway: async () => {
      const pod = (await cluster.pods('gateway'))[0];
      return pod && cluster.log(pod.name, 'gateway');
    },
    server: async (server) => {
      const pod = (await cluster.pods({ server }))[0];
      return pod && cluster.log(pod.name, 'server');
    },
  };
}
