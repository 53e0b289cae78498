/** Names of machines: what a peer claims is cleaned on receipt, what an owner types is checked. */
import { Failure } from './errors.js';

/** Longest name, in characters (Unicode code points). */
export const maxNameLength = 64;

/**
 * A claimed name made harmless: one line, at most 64 characters, without control, bidirectional and zero-width
 * characters, in Unicode's composed form. May be empty.
 */
export function sanitiseName(claimed: string): string {
  const bounded = claimed.slice(0, 1024); // before anything costs time
  const cleaned = normalised(bounded.replace(/[\p{Cf}\p{Cs}\p{Cn}]/gu, '').replace(/[\p{Cc}\p{Z}]+/gu, ' '));
  return Array.from(cleaned).slice(0, maxNameLength).join('').trim();
}

/**
 * The name an owner typed, in composed form and without spaces around it.
 * @throws Failure `name-invalid` saying what cannot be in a name.
 */
export function parseName(typed: string): string {
  const name = normalised(typed);
  if (name === '') throw new Failure('name-invalid', 'A name needs at least one character.');
  const length = Array.from(name).length;
  if (length > maxNameLength) {
    throw new Failure('name-invalid', `This name has ${length} characters, a name has at most ${maxNameLength}.`);
  }
  if (sanitiseName(name) !== name) {
    throw new Failure(
      'name-invalid',
      'A name is one line of visible characters with single spaces; this one has others.',
    );
  }
  if (/^[0-9a-f]{64}$/i.test(name)) {
    throw new Failure('name-invalid', 'This name looks like a node ID; choose one that cannot be mistaken for it.');
  }
  return name;
}

function normalised(text: string): string {
  return text.normalize('NFC').trim();
}
