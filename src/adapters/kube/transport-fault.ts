import type { KubeConfig } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';

/** Texts for what goes wrong below HTTP. Keys: Node's error codes. */
const FAULTS: Record<string, (place: string) => { message: string; suggestions: string[] }> = {
  ECONNREFUSED: (place) => ({
    message: `nothing listens at ${place}`,
    suggestions: [
      'is the cluster running? (kind, minikube and k3d clusters stop with the machine)',
      'kubectl config get-contexts, then --context NAME',
    ],
  }),
  ENOTFOUND: (place) => ({
    message: `the host name of ${place} is not known`,
    suggestions: ['is the VPN on?', 'was the cluster deleted? fetch its kubeconfig again'],
  }),
  EAI_AGAIN: (place) => ({
    message: `the host name of ${place} cannot be looked up right now`,
    suggestions: ['check the network and its DNS'],
  }),
  EHOSTUNREACH: (place) => ({ message: `there is no route to ${place}`, suggestions: ['is the VPN on?'] }),
  ENETUNREACH: (place) => ({
    message: `there is no network that leads to ${place}`,
    suggestions: ['check the network'],
  }),
  ECONNRESET: (place) => ({
    message: `${place} broke the connection`,
    suggestions: ['is a proxy or a load balancer in between?', 'run the command again'],
  }),
  EPROTO: (place) => ({
    message: `${place} does not speak TLS`,
    suggestions: ['is the port right? compare the server in the kubeconfig'],
  }),
  ERR_SSL_WRONG_VERSION_NUMBER: (place) => ({
    message: `${place} does not speak TLS`,
    suggestions: ['is the port right? compare the server in the kubeconfig'],
  }),
  CERT_HAS_EXPIRED: (place) => ({
    message: `the certificate of ${place} has expired`,
    suggestions: ["renew the cluster's certificates (kubeadm certs renew all)"],
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: (place) => ({
    message: `the certificate of ${place} was made for another host name`,
    suggestions: ['set tls-server-name in the kubeconfig, or connect by a name that the certificate has'],
  }),
};

const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** The one error for a request that got no HTTP answer. */
export function transportFault(url: URL, kind: 'timeout' | 'error', cause: unknown): EnvironmentError {
  const place = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  const fault = kind === 'timeout' ? timedOut(place) : (FAULTS[codeOf(cause)]?.(place) ?? other(place, cause));
  return new EnvironmentError('cluster.unreachable', `cannot reach the cluster: ${fault.message}`, {
    suggestions: fault.suggestions,
    cause,
  });
}

function timedOut(place: string) {
  return {
    message: `${place} does not answer`,
    suggestions: ['is the VPN on, is a firewall in between?', 'kubectl cluster-info'],
  };
}

function other(place: string, cause: unknown) {
  if (UNTRUSTED.test(codeOf(cause))) {
    return {
      message: `the certificate of ${place} is not signed by the authority in the kubeconfig`,
      suggestions: [
        'was the cluster made anew? fetch its kubeconfig again',
        'behind a proxy that opens TLS: add its authority to certificate-authority-data',
      ],
    };
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return { message: `${place}: ${text}`, suggestions: ['kubectl cluster-info'] };
}

/** The code of the error, or of one behind it: several addresses of one name fail as an AggregateError. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors && errors.length > 0 ? codeOf(errors[0]) : '';
}

/** The one error for credentials that could not be had: an exec plugin that fails, a file that is not there. */
export function credentialFault(config: KubeConfig, cause: unknown): EnvironmentError {
  const command = config.getCurrentUser()?.exec?.command as string | undefined;
  const { code, path, message } = cause as NodeJS.ErrnoException;
  const text = (message ?? String(cause)).trim().split('\n').slice(0, 5).join('\n');
  if (command !== undefined && code === 'ENOENT') {
    return new EnvironmentError(
      'cluster.credentials',
      `the kubeconfig signs in with ${command}, which is not installed`,
      {
        suggestions: [`install ${command}, or put it on the PATH`],
        cause,
      },
    );
  }
  const what =
    command !== undefined
      ? `${command} gave no credentials: ${text}`
      : `the kubeconfig's credentials cannot be used: ${text}`;
  const suggestions = path ? [`check ${path}`] : ['sign in again, then: kubectl auth whoami'];
  return new EnvironmentError('cluster.credentials', what, { suggestions, cause });
}
