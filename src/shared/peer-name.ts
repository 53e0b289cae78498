/** Names of machines: what a peer claims is cleaned on receipt, what an owner types is checked. */
import { Failure } from './errors.js';
import { plainText } from './plain-text.js';

/** Longest name, in characters (Unicode code points). */
export const maxNameLength = 64;

/**
 * A claimed name made harmless: plain text of at most 64 characters that begins with one that can stand alone. May be
 * empty.
 */
export function sanitiseName(claimed: string): string {
  const plain = plainText(claimed.slice(0, 1024)); // before anything costs time
  const beginning = plain.replace(/^[ \p{Mn}\p{Me}]+/u, '');
  const cut = Array.from(beginning).slice(0, maxNameLength).join('');
  return cut.replace(/[ \u200d]+$/, '');
}

/**
 * The name an owner typed, in composed form and without spaces around it.
 * @throws Failure `name-invalid` saying what cannot be in a name.
 */
export function parseName(typed: string): string {
  const name = typed.normalize('NFC').trim();
  if (name === '') throw new Failure('name-invalid', 'A name needs at least one character.');
  const length = Array.from(name).length;
  if (length > maxNameLength) {
    throw new Failure('name-invalid', `This name has ${length} characters, a name has at most ${maxNameLength}.`);
  }
  if (sanitiseName(name) !== name) {
    throw new Failure(
      'name-invalid',
      'A name is one line of visible characters with single spaces, each with four accents at most; this one is not.',
    );
  }
  if (/^[0-9a-f]{64}$/i.test(name)) {
    throw new Failure('name-invalid', 'This name looks like a node ID; choose one that cannot be mistaken for it.');
  }
  return name;
}
