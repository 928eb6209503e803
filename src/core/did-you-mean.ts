/** Edit distance with transpositions of neighbours (optimal string alignment), in single-character edits. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(rows, i - 2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

/**
 * Candidates that the user may have meant, nearest first, at most three.
 * A third of the word may differ, and one edit is always allowed; longer candidates that start with it count too.
 */
export function didYouMean(word: string, candidates: readonly string[]): string[] {
  const lower = word.slice(0, 64).toLowerCase();
  const limit = Math.max(1, Math.floor(lower.length / 3));
  return candidates
    .map((candidate) => ({ candidate, d: nearness(lower, candidate.toLowerCase()) }))
    .filter(({ d }) => d <= limit)
    .sort((x, y) => x.d - y.d || (x.candidate < y.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function nearness(word: string, candidate: string): number {
  if (word.length >= 3 && (candidate.startsWith(word) || word.startsWith(candidate))) return 1;
  return distance(word, candidate);
}
