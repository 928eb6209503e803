import type { Pages } from './page.ts';

/** Errors of `mcpk connect`. */
export const connectPages: Pages = {
  'connect.no-gateway': {
    title: 'there is no gateway to connect to',
    why: 'The namespace has no pod that carries the labels of this app’s gateway: the app is not deployed there, or under another name.',
    todo: ['mcpk deploy', '--context NAME, if it runs on another cluster'],
  },
  'connect.not-ready': {
    title: 'the gateway did not become ready',
    why: 'Its pod is there, and was not Ready within a minute. The message says what it waits for.',
    todo: ['mcpk verify says why', 'kubectl get pods, kubectl describe pod'],
  },
  'connect.forbidden': {
    title: 'you may not forward a port of the pod',
    why: 'To connect takes the rights to list pods, and to get and create pods/portforward. Until Kubernetes 1.34 "get" was enough; from 1.35 on "create" is asked for too, so Roles that were made before lack it.',
    todo: [
      'the error prints the Role, for who administers the cluster',
      'kubectl auth can-i create pods/portforward -n NAMESPACE',
      '--client claude --write also reads the Secret with the token: get on secrets',
    ],
  },
  'connect.broken': {
    title: 'the API server does not forward the port',
    why: 'The pod is Ready and you have the right, but no connection comes about: a proxy that does not let WebSockets through, a node that the API server cannot reach, or a gateway that does not listen.',
    todo: [
      'kubectl port-forward deployment/mcp-gateway 8811 tries the same',
      'mcpk verify looks at the gateway itself',
    ],
  },
  'connect.port': {
    title: 'the port cannot be used',
    why: 'Another program listens on it, mcpk up perhaps, or it is reserved. mcpk connect listens on 127.0.0.1 only.',
    todo: ['mcpk connect --port 0 takes a free one', 'end the other program'],
  },
  'connect.client-file': {
    title: 'the client’s config file cannot be edited',
    why: 'It has comments or a fault, or is JSON of another shape. mcpk changes a file only where everything else in it stays as it is.',
    todo: ['mcpk connect --client NAME prints the entry: paste it', 'mend the file'],
  },
  'connect.entry-taken': {
    title: 'the client’s config file has an entry of that name',
    why: 'The entry is called like the app and leads somewhere else, so it is not mcpk’s to overwrite.',
    todo: ['rename the entry, or the app', 'mcpk connect --client NAME prints the entry: paste it under another name'],
  },
};
