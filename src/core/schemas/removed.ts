/** What became of a kind in a version of its group that the API server no longer has. */
export interface RemovedKind {
  /** The first version of Kubernetes without it. */
  removedIn: string;
  /** The apiVersion to use instead; undefined where nothing took its place. */
  replacement: string | undefined;
  /** Whether an object is the same in the replacement, but for its apiVersion. */
  sameSchema: boolean;
}

const same = (removedIn: string, replacement: string, kinds: string[]) =>
  kinds.map((kind): [string, RemovedKind] => [kind, { removedIn, replacement, sameSchema: true }]);
const changed = (removedIn: string, replacement: string | undefined, kinds: string[]) =>
  kinds.map((kind): [string, RemovedKind] => [kind, { removedIn, replacement, sameSchema: false }]);

const STORAGE = ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'];
const WEBHOOKS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
const RBAC = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
const FLOW = ['FlowSchema', 'PriorityLevelConfiguration'];
const REVIEWS = [
  'LocalSubjectAccessReview',
  'SelfSubjectAccessReview',
  'SelfSubjectRulesReview',
  'SubjectAccessReview',
];
const ADMISSION_POLICY = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

/**
 * Kinds by `apiVersion` and `kind`. Source: the life cycles in k8s.io/api v0.35 (zz_generated.prerelease-lifecycle.go)
 * and the deprecated API migration guide of Kubernetes' documentation.
 * What an older version filled in by itself, such as the selector of a Deployment, must be written for the newer.
 */
const REMOVED: Readonly<Record<string, ReadonlyMap<string, RemovedKind>>> = {
  'extensions/v1beta1': new Map([
    ...changed('1.16', 'apps/v1', ['DaemonSet', 'Deployment', 'ReplicaSet']),
    ...same('1.16', 'networking.k8s.io/v1', ['NetworkPolicy']),
    ...changed('1.16', undefined, ['PodSecurityPolicy']),
    ...changed('1.22', 'networking.k8s.io/v1', ['Ingress']),
  ]),
  'apps/v1beta1': new Map([
    ...changed('1.16', 'apps/v1', ['Deployment', 'StatefulSet']),
    ...same('1.16', 'apps/v1', ['ControllerRevision']),
  ]),
  'apps/v1beta2': new Map(
    same('1.16', 'apps/v1', ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']),
  ),
  'admissionregistration.k8s.io/v1alpha1': new Map(
    changed('1.32', 'admissionregistration.k8s.io/v1', ADMISSION_POLICY),
  ),
  'admissionregistration.k8s.io/v1beta1': new Map([
    ...changed('1.22', 'admissionregistration.k8s.io/v1', WEBHOOKS),
    ...same('1.34', 'admissionregistration.k8s.io/v1', ADMISSION_POLICY),
  ]),
  'apiextensions.k8s.io/v1beta1': new Map(changed('1.22', 'apiextensions.k8s.io/v1', ['CustomResourceDefinition'])),
  'apiregistration.k8s.io/v1beta1': new Map(same('1.22', 'apiregistration.k8s.io/v1', ['APIService'])),
  'authentication.k8s.io/v1beta1': new Map(same('1.22', 'authentication.k8s.io/v1', ['TokenReview'])),
  'authorization.k8s.io/v1beta1': new Map(changed('1.22', 'authorization.k8s.io/v1', REVIEWS)),
  'autoscaling/v2beta1': new Map(changed('1.25', 'autoscaling/v2', ['HorizontalPodAutoscaler'])),
  'autoscaling/v2beta2': new Map(changed('1.26', 'autoscaling/v2', ['HorizontalPodAutoscaler'])),
  'batch/v1beta1': new Map(same('1.25', 'batch/v1', ['CronJob'])),
  'batch/v2alpha1': new Map(same('1.21', 'batch/v1', ['CronJob'])),
  'certificates.k8s.io/v1beta1': new Map(changed('1.22', 'certificates.k8s.io/v1', ['CertificateSigningRequest'])),
  'coordination.k8s.io/v1beta1': new Map(same('1.22', 'coordination.k8s.io/v1', ['Lease'])),
  'discovery.k8s.io/v1beta1': new Map(changed('1.25', 'discovery.k8s.io/v1', ['EndpointSlice'])),
  'events.k8s.io/v1beta1': new Map(changed('1.25', 'events.k8s.io/v1', ['Event'])),
  'flowcontrol.apiserver.k8s.io/v1beta1': new Map(changed('1.26', 'flowcontrol.apiserver.k8s.io/v1', FLOW)),
  'flowcontrol.apiserver.k8s.io/v1beta2': new Map(changed('1.29', 'flowcontrol.apiserver.k8s.io/v1', FLOW)),
  'flowcontrol.apiserver.k8s.io/v1beta3': new Map(changed('1.32', 'flowcontrol.apiserver.k8s.io/v1', FLOW)),
  'networking.k8s.io/v1beta1': new Map([
    ...changed('1.22', 'networking.k8s.io/v1', ['Ingress']),
    ...same('1.22', 'networking.k8s.io/v1', ['IngressClass']),
  ]),
  'node.k8s.io/v1beta1': new Map(same('1.25', 'node.k8s.io/v1', ['RuntimeClass'])),
  'policy/v1beta1': new Map([
    // An empty selector selects no pod there, and every pod in policy/v1.
    ...changed('1.25', 'policy/v1', ['PodDisruptionBudget']),
    ...same('1.25', 'policy/v1', ['Eviction']),
    ...changed('1.25', undefined, ['PodSecurityPolicy']),
  ]),
  'rbac.authorization.k8s.io/v1alpha1': new Map(changed('1.22', 'rbac.authorization.k8s.io/v1', RBAC)),
  'rbac.authorization.k8s.io/v1beta1': new Map(same('1.22', 'rbac.authorization.k8s.io/v1', RBAC)),
  'scheduling.k8s.io/v1alpha1': new Map(same('1.22', 'scheduling.k8s.io/v1', ['PriorityClass'])),
  'scheduling.k8s.io/v1beta1': new Map(same('1.22', 'scheduling.k8s.io/v1', ['PriorityClass'])),
  'storage.k8s.io/v1alpha1': new Map(changed('1.24', 'storage.k8s.io/v1', ['CSIStorageCapacity', 'VolumeAttachment'])),
  'storage.k8s.io/v1beta1': new Map([
    ...same('1.22', 'storage.k8s.io/v1', STORAGE),
    ...same('1.27', 'storage.k8s.io/v1', ['CSIStorageCapacity']),
  ]),
};

/** What became of a kind; undefined where it is not known to be gone. */
export function removedKind(apiVersion: string, kind: string): RemovedKind | undefined {
  return Object.hasOwn(REMOVED, apiVersion) ? REMOVED[apiVersion]?.get(kind) : undefined;
}
