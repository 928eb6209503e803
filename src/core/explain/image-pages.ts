import type { Pages } from './page.ts';

/** What can go wrong with an image: before it is judged, and before a node has it. */
export const imagePages: Pages = {
  'image.not-found': {
    title: 'there is no such image',
    why: 'The registry, the file or the daemon has no image of that name, tag or digest. Registries also say so of private images to those whom they do not know.',
    todo: [
      'correct the name or the tag (servers.NAME.image)',
      'docker login HOST here, or an imagePullSecret for the nodes, where it is private',
    ],
  },
  'image.denied': {
    title: 'the registry does not hand out the image',
    why: 'It asked who is there, and what Docker’s or Podman’s files (here) or the pod’s imagePullSecrets (on the nodes) say is not enough. Many registries answer so too where there is no such repository.',
    todo: [
      'here: docker login HOST (or podman login HOST)',
      "on the nodes: give the namespace's default ServiceAccount an imagePullSecret",
      'or copy the image to a registry that the cluster may read',
    ],
  },
  'image.rate-limit': {
    title: 'the registry limits what it hands out',
    why: 'Too many pulls from this address or user (toomanyrequests). What mcpk has read is kept, so its next run goes on from there.',
    todo: [
      'log in, which raises the limit',
      '--mirror HOST=URL here, a mirror of the container runtime on the nodes',
      'wait',
    ],
  },
  'image.registry-unreachable': {
    title: 'the registry cannot be reached',
    why: 'Its name does not resolve, nothing listens there, or it speaks no TLS: from this machine or from the nodes, as the message says. Plain HTTP is used only where you say so.',
    todo: [
      'check the name, the network, the proxy',
      '--plain-http HOST here, for a registry without TLS',
      'or read the image from a file: oci-archive:FILE',
    ],
  },
  'image.registry': {
    title: 'the registry answered with an error of its own',
    why: 'It was asked again a few times and went on failing.',
    todo: ['run the command again: layers that were read are kept', 'try --mirror HOST=URL'],
  },
  'image.offline': {
    title: 'the image is not in the cache',
    why: 'With --offline or MCPK_OFFLINE=1 no registry is asked, and this image was not read before on this machine.',
    todo: ['run the command once without --offline', 'or read the image from a file: oci-archive:FILE'],
  },
  'image.credentials': {
    title: 'the credentials cannot be read',
    why: 'Docker’s or Podman’s configuration is no JSON, or names a credential helper that cannot be run.',
    todo: ['docker login HOST writes it anew', 'install the docker-credential-... program that the message names'],
  },
  'image.platform': {
    title: 'the image is not built for this platform',
    why: "Its index has no variant for the CPU that was asked for, or for the node's.",
    todo: [
      'kubectl get nodes -L kubernetes.io/arch',
      'ask for one that is there: --platform linux/arm64',
      'build the image for this platform too',
    ],
  },
  'image.wrong-digest': {
    title: 'the bytes are not what their digest says',
    why: 'What came is damaged, or something between you and the registry changes it. Nothing of it is used.',
    todo: ['run the command again', 'ask another way: --mirror HOST=URL'],
  },
  'image.damaged': {
    title: 'the image is damaged, or is none',
    why: 'A manifest, a configuration or a layer does not have the form that the OCI image specification asks for.',
    todo: ['build, save or push the image again', 'check that it is a container image, not a chart or a signature'],
  },
  'image.too-large': {
    title: 'the image holds more than any server needs',
    why: 'More than 4,000,000 files in a layer, 64 GiB unpacked, or from 1 GiB on more than 200 times what is stored: such archives are made to exhaust who reads them.',
    todo: ['use another image', 'if it is an honest one, report it'],
  },
  'image.packed': {
    title: 'the archive is packed',
    why: 'A docker-archive or oci-archive is read from the middle, which a packed file does not allow.',
    todo: ['gunzip FILE'],
  },
  'image.no-daemon': {
    title: 'no container daemon answers',
    why: 'docker-daemon: asks Docker or Podman on this machine by its socket: DOCKER_HOST, CONTAINER_HOST, or the usual places.',
    todo: ['start it, or set DOCKER_HOST=unix:///PATH', 'or save the image elsewhere and use docker-archive:FILE'],
  },
  'image.cache': {
    title: 'the cache cannot be written',
    why: 'Indexes of layers are kept in $MCPK_CACHE_DIR, else in mcpk of your folder of caches ($XDG_CACHE_HOME or ~/.cache).',
    todo: ['name a folder that you may write to: MCPK_CACHE_DIR=FOLDER'],
  },
  'image.output': {
    title: 'the folder is something else',
    why: '`mcpk fix` writes into a new folder, or into one that is an OCI image layout already. It touches nothing that it did not make.',
    todo: ['choose another folder'],
  },
  'image.cannot-fix': {
    title: 'no change of modes or attributes helps',
    why: 'What is missing is a file, a program for this CPU, or something that only another command can give.',
    todo: ['mcpk inspect IMAGE shows what stands in the way', 'choose another image or another command'],
  },
  'image.invalid-name': {
    title: 'the image name is not valid',
    why: 'Names are lower case: REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST.',
    todo: ['correct servers.NAME.image'],
  },
  'image.trial': {
    title: 'the image could not be tried',
    why: '`mcpk inspect --run` makes a Job of one pod, which needs an image of mcpk’s bridge and a node that takes it. It did not come to its end.',
    todo: [
      '--bridge-image NAME, where your nodes cannot pull mcpk’s own',
      '--timeout 5m, where pulling takes long',
      'kubectl -n NAMESPACE get events',
    ],
  },
  'image.never-pull': {
    title: 'the image is not on the node and may not be pulled',
    why: 'imagePullPolicy is Never. mcpk renders IfNotPresent, so the pod was changed.',
    todo: ['load the image onto the node (kind load docker-image)', 'or mcpk deploy'],
  },
  'image.pull': {
    title: 'the image cannot be pulled',
    why: 'The registry answered with something unexpected; the report quotes it.',
    todo: ['docker pull IMAGE tells whether it is the image or the cluster'],
  },
};
