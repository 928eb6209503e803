import { parseEvents, YAMLException } from 'js-yaml';
import type { Event } from './events.ts';
import { lineStart } from './lines.ts';

export interface LenientEvents {
  events: Event[];
  /** What the offsets in the events count in. */
  source: string;
  /** Offset in the text as it was. */
  original(offset: number): number;
}

/** A text that needs more of them is no manifest that anybody wrote. */
const MAX_LINES = 1000;

/**
 * Events of a text as kubectl takes it. YAML wants what is between brackets or quotes to stand further right than the
 * key that it belongs to, and js-yaml insists; go-yaml does not, and `args: [` with its `]` below the `a` is common.
 * Such lines are moved right before they are read: blanks at the start of a line mean nothing there.
 * @throws YAMLException, its mark in the text as it was
 */
export function lenientEvents(text: string): LenientEvents {
  const moved: number[] = [];
  let source = text;
  let pad = '';
  const original = (offset: number) => offset - moved.filter((at) => at < offset).length * pad.length;
  for (;;) {
    try {
      return { events: parseEvents(source, {}), source, original };
    } catch (error) {
      if (!(error instanceof YAMLException) || !error.mark) throw error;
      const at = lineStart(source, error.mark.position);
      if (error.reason !== 'deficient indentation' || moved.includes(at) || moved.length === MAX_LINES) {
        error.mark.position = Math.max(0, original(error.mark.position));
        throw error;
      }
      pad ||= ' '.repeat(1 + Math.max(...text.split('\n').map((line) => line.search(/\S|$/))));
      source = source.slice(0, at) + pad + source.slice(at);
      moved.push(at);
    }
  }
}
