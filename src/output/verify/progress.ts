interface ProgressState {
  done: number;
  total: number;
  running: readonly string[];
}

/** What a run shows while it lasts: one line that is written over on a terminal, else nothing. */
export function progressLine(stream: NodeJS.WriteStream, quiet: boolean) {
  const live = stream.isTTY === true && !quiet;
  const erase = '\r\u001b[2K';
  return {
    update: ({ done, total, running }: ProgressState) => {
      if (!live) return;
      const line = `${done}/${total} ${running.join(' ')}`;
      stream.write(`${erase}${line.slice(0, Math.max(10, (stream.columns ?? 80) - 1))}`);
    },
    clear: () => {
      if (live) stream.write(erase);
    },
  };
}
