/** Node IDs: an Ed25519 public key, written as 64 lowercase hexadecimal characters everywhere inside Rayfish. */
import { Failure } from './errors.js';

const hexLength = 64;
const base32Length = 52;
const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The canonical form (64 lowercase hex characters) of a node ID as a person pasted it. Spaces, line breaks,
 * invisible characters, quotes and upper case do no harm; base32 (RFC 4648, 52 characters) is accepted too.
 * @throws Failure `node-id-empty`, `node-id-length`, `node-id-alphabet` or `node-id-invalid`, naming the fault.
 */
export function parseNodeId(text: string): string {
  const characters = Array.from(withoutDecoration(text));
  if (characters.length === 0) throw new Failure('node-id-empty', 'There is no node ID here: the text is empty.');
  if (characters.length === hexLength) return validKey(hexadecimal(characters));
  if (characters.length === base32Length) return validKey(fromBase32(characters));
  throw new Failure('node-id-length', lengthFault(characters.length));
}

/** A form for the eye, when there is no name: the first ten characters. Never unique, never parsed. */
export function shortNodeId(id: string): string {
  return `${id.slice(0, 10)}…`;
}

/** Whether `text` already is a node ID in canonical form. */
export function isNodeId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text) && isCurvePoint(text);
}

/** White space anywhere, invisible characters (chat programs add them), and quotes of every kind. */
function withoutDecoration(text: string): string {
  return text.replace(/[\s\p{Cf}"'`´‘’‚‛“”„‟«»‹›]/gu, '').toLowerCase();
}

function hexadecimal(characters: string[]): string {
  refuseForeign(characters, '0123456789abcdef', '0-9 and a-f');
  return characters.join('');
}

function fromBase32(characters: string[]): string {
  refuseForeign(characters, base32Alphabet, 'a-z and 2-7');
  let bits = 0n;
  for (const character of characters) bits = (bits << 5n) | BigInt(base32Alphabet.indexOf(character));
  const padding = 4n; // 52 characters hold 260 bits, the key 256
  if ((bits & ((1n << padding) - 1n)) !== 0n) {
    throw new Failure('node-id-invalid', 'This is not a node ID: its last character cannot end one. Was it cut off?');
  }
  return (bits >> padding).toString(16).padStart(hexLength, '0');
}

function refuseForeign(characters: string[], alphabet: string, alphabetInWords: string): void {
  const at = characters.findIndex((character) => !alphabet.includes(character));
  if (at === -1) return;
  throw new Failure(
    'node-id-alphabet',
    `Character ${at + 1} of this node ID is “${characters[at] ?? ''}”; a node ID of ${characters.length} characters has only ${alphabetInWords}.`,
  );
}

function lengthFault(length: number): string {
  const has = `This text has ${length} character${length === 1 ? '' : 's'}, a node ID has ${hexLength}.`;
  if (length < hexLength) return `${has} Is a part of it missing?`;
  return `${has} Was more than the ID copied?`;
}

function validKey(id: string): string {
  if (isCurvePoint(id)) return id;
  throw new Failure(
    'node-id-invalid',
    'This is not a node ID: no device can have it. Is one of its characters mistyped?',
  );
}

/** Only half of all 32-byte strings are keys (RFC 8032 §5.1.3), so this catches half of all typing mistakes. */
function isCurvePoint(id: string): boolean {
  const prime = 2n ** 255n - 19n;
  const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
  const littleEndian = (id.match(/../g) ?? []).reverse().join('');
  const y = BigInt(`0x${littleEndian}`) & (2n ** 255n - 1n);
  if (y >= prime) return false;
  const u = (y * y - 1n + prime) % prime;
  const v = (d * y * y + 1n) % prime;
  // x² = u/v has a solution when u·v is a square (Euler's criterion; v is never zero on this curve).
  const square = power((u * v) % prime, (prime - 1n) / 2n, prime);
  return square === 0n || square === 1n;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let factor = base, rest = exponent; rest > 0n; rest >>= 1n, factor = (factor * factor) % modulus) {
    if (rest & 1n) result = (result * factor) % modulus;
  }
  return result;
}
