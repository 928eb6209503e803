import { READING } from '../rules/rulings.ts';
import type { Pages } from './page.ts';

/** Error codes: the command could not do its work. */
export const errorPages: Pages = {
  'local.running-already': {
    title: 'this app runs already on this machine',
    why: 'One config file runs once at a time. What runs follows the file: servers that you add, change or remove are started and ended as you save.',
    todo: ['mcpk verify --target local looks at it', 'mcpk down ends it'],
  },
  'local.port': {
    title: 'the port cannot be used',
    why: 'Another program listens on it, or it is reserved. The gateway of `mcpk up` listens on 127.0.0.1 only.',
    todo: ['mcpk up --port 0 takes a free one', 'end the other program'],
  },
  'local.start': {
    title: 'mcpk up ended before it listened',
    why: 'The process that --detach started has ended; its last words stand in the message.',
    todo: ['mcpk up shows the same in the terminal', 'the file up.log that the message names holds all of it'],
  },
  'local.slow': {
    title: 'mcpk up has not started in time',
    why: 'The machine is busy, or --wait is short.',
    todo: ['--wait 2m gives more time', 'mcpk up shows in the terminal what it does'],
  },
  'local.gateway-ended': {
    title: 'the gateway ended by itself',
    why: 'The process that serves the endpoint is gone, so the app cannot be used; its last words stand in the message.',
    todo: [
      'mcpk up starts it again',
      'if it was not killed from outside, report it with the log that the message names',
    ],
  },
  'local.renamed': {
    title: 'the name of the app has changed while it runs',
    why: 'What belongs to an app on this machine lies in a folder of its name, so this change is not taken over.',
    todo: ['mcpk up again, or change the name back'],
  },
  'local.stuck': {
    title: 'a process does not end',
    why: 'It was asked politely, then killed, and is still there: it hangs in the kernel, often on a network file system.',
    todo: ['look at it: ps -o pid,stat,wchan,args -p PID'],
  },
  'cluster.no-kubeconfig': {
    title: 'there is no kubeconfig',
    why: 'mcpk reads $KUBECONFIG, then ~/.kube/config, as kubectl does, and inside a pod its service account.',
    todo: [
      'fetch the kubeconfig from where the cluster was made',
      '--kubeconfig FILE',
      'kind create cluster makes a cluster and a kubeconfig',
    ],
  },
  'cluster.kubeconfig-invalid': {
    title: 'the kubeconfig cannot be used',
    why: 'It is no YAML, or names a cluster or a user that it does not define.',
    todo: ['kubectl config view', 'fetch it again'],
  },
  'cluster.no-context': {
    title: 'no context is chosen',
    why: 'The kubeconfig has no current-context, so it is not known which cluster you mean.',
    todo: ['--context NAME', 'kubectl config use-context NAME'],
  },
  'cluster.unknown-context': {
    title: 'the kubeconfig has no such context',
    why: '--context (or MCPK_CONTEXT) names a context that is not there.',
    todo: ['kubectl config get-contexts'],
  },
  'cluster.unreachable': {
    title: 'the API server cannot be reached',
    why: 'No HTTP answer came: the cluster is stopped, the VPN is off, a firewall is in between, or the certificate is not trusted. The message says which.',
    todo: ['kubectl cluster-info', '--context NAME for another cluster'],
  },
  'cluster.unavailable': {
    title: 'the API server is too busy or starting',
    why: 'It answered 429, 502, 503 or 504.',
    todo: ['run the command again in a minute'],
  },
  'cluster.error': {
    title: 'the API server failed',
    why: 'It answered with a 5xx status that is not about your request.',
    todo: ['run the command again', "kubectl get --raw '/readyz?verbose'"],
  },
  'cluster.unauthorized': {
    title: 'the cluster does not accept your credentials',
    why: 'The token or certificate expired, or belongs to another cluster.',
    todo: ['sign in again', 'kubectl auth whoami'],
  },
  'cluster.credentials': {
    title: 'there are no credentials to send',
    why: 'The program that the kubeconfig signs in with is not installed or failed, or a file is missing.',
    todo: ['install it or sign in with it', 'kubectl auth whoami'],
  },
  'cluster.forbidden': {
    title: 'you lack a right',
    why: 'The API server knows you and refuses (403).',
    todo: [
      'kubectl auth can-i --list -n NAMESPACE',
      'ask an administrator; mcpk explain cluster.rbac lists what verify needs',
    ],
  },
  'cluster.not-found': {
    title: 'the cluster does not know what was asked for',
    why: 'An API or an object that must exist is not there (404).',
    todo: ['is this the right cluster and context?'],
  },
  'cluster.rejected': {
    title: 'the cluster refuses an object',
    why: 'It is not valid for this cluster, or a field changed that cannot change.',
    todo: ['read the reason in the message', 'mcpk delete, then mcpk deploy, where a field is immutable'],
  },
  'cluster.namespace-terminating': {
    title: 'the namespace is being deleted',
    why: 'Nothing can be created in it until it is gone.',
    todo: ['wait, then run the command again', 'kubectl get namespace NAME -o yaml shows what holds it up'],
  },
  'deploy.conflict': {
    title: 'others own fields that mcpk sets',
    why: 'Server-side apply protects fields that another tool or person set on the same object.',
    todo: ['leave the field to them, or take it over on purpose with the flag that the message names'],
  },
  'deploy.quota': {
    title: "the namespace's quota is used up",
    why: 'A ResourceQuota limits pods, CPU or memory, and this pod would exceed it.',
    todo: ['kubectl describe resourcequota', 'ask for more, or lower resources in mcpk.yaml'],
  },
  'deploy.pod-security': {
    title: "the namespace's Pod Security level forbids the pod",
    why: 'mcpk\'s pods pass "restricted". A stricter policy, or an object of someone else, is in the way.',
    todo: ['kubectl get namespace NAME --show-labels', 'mcpk render shows the pod'],
  },
  'deploy.admission': {
    title: 'a policy of the cluster forbids the object',
    why: 'An admission webhook (Kyverno, Gatekeeper and the like) refused it; the message is its own.',
    todo: ['change what it names in mcpk.yaml', 'or ask who runs the policy'],
  },
  'deploy.not-ready': {
    title: 'a workload did not become ready',
    why: 'The rollout ended without a ready pod, and nothing that was seen tells why.',
    todo: ['kubectl describe pod', 'kubectl logs POD', 'mcpk verify'],
  },
  'app.foreign-namespace': {
    title: 'the namespace belongs to another app',
    why: 'Names such as mcp-gateway and mcp-server-NAME can exist once in a namespace, and another app of mcpk has them there.',
    todo: ['give each app its own namespace in mcpk.yaml', 'or mcpk delete the other app first'],
  },
  'delete.not-confirmed': {
    title: 'nothing was deleted, because nobody confirmed it',
    why: 'mcpk delete asks first. Without a terminal there is nobody to ask.',
    todo: ['mcpk delete --yes'],
  },
  'delete.timeout': {
    title: 'objects are still there',
    why: 'The cluster accepted the deletion but has not finished it: a finalizer or a pod that does not end holds it up.',
    todo: ['run mcpk delete again: it resumes', 'kubectl get pods shows which do not end'],
  },
  'secret.missing': {
    title: 'a Secret that a server needs is not there',
    why: 'mcpk.yaml refers to Secrets by name and key and never holds their values: they must exist in the namespace.',
    todo: ['kubectl -n NAMESPACE create secret generic NAME --from-literal=KEY=... (or from a file)'],
  },
  'secret.key-missing': {
    title: 'a Secret lacks a key',
    why: 'It exists, but without the key that mcpk.yaml or the gateway asks for.',
    todo: ['add the key, or correct the key in mcpk.yaml'],
  },
  'config.not-found': {
    title: 'there is no mcpk.yaml',
    why: 'Commands read mcpk.yaml in this folder, or the file that --config names.',
    todo: ['mcpk init', '--config FILE'],
  },
  'config.exists': {
    title: 'mcpk.yaml is already there',
    why: 'mcpk init never overwrites a config.',
    todo: ['edit it, or use mcpk add-server', 'delete it first to start afresh'],
  },
  'config.invalid': READING.config.page,
  'config.unresolved': READING.unresolved.page,
  'config.unknown-server': {
    title: 'mcpk.yaml has no such server',
    why: 'The name is not among its servers, or not in the catalog.',
    todo: ['mcpk list'],
  },
  'config.server-exists': {
    title: 'the server is already in mcpk.yaml',
    why: 'add-server never changes an entry that is there.',
    todo: ['edit the entry', 'or mcpk remove-server first'],
  },
  'config.no-image': {
    title: 'no image of the server is known',
    why: 'The catalog has no entry, or one without a public image.',
    todo: ['mcpk add-server NAME --image IMAGE'],
  },
  'config.no-command': {
    title: 'no command of the server is known',
    why: "The bridge replaces the image's ENTRYPOINT, so it must be told what to run.",
    todo: ['mcpk add-server NAME --image IMAGE -- PROGRAM ARGUMENT...'],
  },
  'render.foreign-file': {
    title: 'the output folder holds files of others',
    why: 'mcpk render overwrites only files that it wrote itself.',
    todo: ['choose an empty folder with --output'],
  },
  'file.failed': {
    title: 'a file cannot be read or written',
    why: 'The system refuses: no right, no space, a folder in its place.',
    todo: ['read the reason in the message'],
  },
  'verify.baseline': {
    title: 'the baseline cannot be used',
    why: '--baseline names a file that is not there, that mcpk verify has not written, or that is of another app or target.',
    todo: ['mcpk verify --write-baseline FILE writes one, after a run that is as it should be'],
  },
  'verify.unknown-check': {
    title: 'there is no such check, category or server',
    why: '--only and --skip take check ids, categories and names of servers in mcpk.yaml, also CHECK[SERVER].',
    todo: ['mcpk verify --list'],
  },
  'verify.nothing': {
    title: 'nothing is left to check',
    why: 'A run without checks would be green without meaning anything, so it is an error.',
    todo: ['loosen --only or --skip'],
  },
  'verify.unchecked': {
    title: 'a check could not be run',
    why: 'The environment did not let mcpk find out: no right, no answer in time. That is neither good nor bad, and the exit code is 3 unless something failed.',
    todo: ['read the reason in the report', '--skip leaves the check out on purpose'],
  },
  'explain.unknown-id': {
    title: 'there is no page of that id',
    why: 'Ids are those that reports and errors print after "more: mcpk explain".',
    todo: ['mcpk explain lists all'],
  },
  'usage.invalid': {
    title: 'the command line cannot be taken',
    why: 'A flag or argument is missing, is there twice, or has a value that does not fit.',
    todo: ['mcpk COMMAND --help'],
  },
  'usage.unknown-command': {
    title: 'there is no such command',
    why: 'It is misspelt, or belongs to another version of mcpk.',
    todo: ['mcpk --help'],
  },
  'usage.unknown-flag': {
    title: 'the command has no such flag',
    why: 'It is misspelt, or belongs to another command.',
    todo: ['mcpk COMMAND --help', 'what comes after -- is passed on untouched'],
  },
  'internal.bug': {
    title: 'mcpk has a bug',
    why: 'Something happened that its authors thought impossible. It is not your fault.',
    todo: ['report it with the command line and the text that was printed; take out secrets first'],
  },
  interrupted: {
    title: 'the command was interrupted',
    why: 'Ctrl-C or SIGTERM. What was done until then stays done; the exit code is 130.',
    todo: ['run the command again: every command can be repeated'],
  },
};
