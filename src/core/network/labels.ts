/**
 * Answers that manifests cannot always give: `undefined` is "cannot be said". Whoever asks decides which side to err on.
 */
export type Answer = boolean | undefined;

/** True where one is; false where none can be. */
export function any(answers: Iterable<Answer>): Answer {
  let open = false;
  for (const answer of answers) {
    if (answer) return true;
    open ||= answer === undefined;
  }
  return open ? undefined : false;
}

/** False where one is; true where all are. */
export function all(answers: Iterable<Answer>): Answer {
  let open = false;
  for (const answer of answers) {
    if (answer === false) return false;
    open ||= answer === undefined;
  }
  return open ? undefined : true;
}

/** Labels, as far as they are known. */
export interface Labels {
  known: Readonly<Record<string, string>>;
  /** Whether there are no others. */
  whole: boolean;
}

/** LabelSelector of meta/v1. */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/**
 * Whether a selector takes these labels. An empty one takes all; NotIn and DoesNotExist also take what lacks the key.
 * Source: LabelSelector of meta/v1; Requirement.Matches of apimachinery.
 */
export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): Answer {
  let answer: Answer = true;
  // Not with `all`: this is asked for each pair of a policy and a pod.
  for (const key in matchLabels) {
    const one = asked(labels, key, (has) => has === matchLabels[key]);
    if (one === false) return false;
    answer &&= one;
  }
  return all([answer, ...matchExpressions.map((expression) => fits(expression, labels))]);
}

function fits(
  { key, operator, values = [] }: NonNullable<Selector['matchExpressions']>[number],
  labels: Labels,
): Answer {
  return asked(labels, key, (has) => {
    if (operator === 'Exists') return has !== undefined;
    if (operator === 'DoesNotExist') return has === undefined;
    const listed = has !== undefined && values.includes(has);
    return operator === 'In' ? listed : operator === 'NotIn' && !listed;
  });
}

function asked({ known, whole }: Labels, key: string, check: (value: string | undefined) => boolean): Answer {
  const value = Object.hasOwn(known, key) ? known[key] : undefined;
  return value === undefined && !whole ? undefined : check(value);
}
