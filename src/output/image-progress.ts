/** A layer that is being read; the same shape as the adapter's. */
interface Progress {
  layer: number;
  layers: number;
  received: number;
  size: number;
}

const EVERY_MS = { terminal: 100, plain: 5000 };

/** How far the reading of layers is, on stderr: one line that is rewritten in a terminal, now and then a line elsewhere. */
export function layerProgress(stream: NodeJS.WriteStream, quiet: boolean) {
  const terminal = stream.isTTY === true;
  let last = performance.now() - (terminal ? EVERY_MS.terminal : 0);
  let shown = false;
  return {
    show({ layer, layers, received, size }: Progress): void {
      const now = performance.now();
      if (quiet || now - last < (terminal ? EVERY_MS.terminal : EVERY_MS.plain)) return;
      last = now;
      const text = `reading layer ${layer} of ${layers}: ${megabytes(received)} of ${megabytes(size)} MB`;
      stream.write(terminal ? `\r\u001b[K${text}` : `${text}\n`);
      shown = true;
    },
    end(): void {
      if (terminal && shown) stream.write('\r\u001b[K');
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
