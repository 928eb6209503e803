// Layers that several recipes share. Sharing the description is sharing the layer.

// No busybox: its static build resolves no names. libstdc++ and libatomic are for Node.js.
export const debian = {
  kind: 'base',
  packages: ['ca-certificates', 'libstdc++6', 'libatomic1', 'netbase', 'python-is-python3', 'python3'],
};

export const node = { kind: 'node', version: '22.23.3' };

export const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
