/**
 * Four made-up words for a node ID, to be read aloud by two people who want to be sure of each other: 64 bits of the
 * ID's BLAKE3 hash as proquints (https://arxiv.org/html/0901.4016). A second ID with the same words is as hard to find
 * as 2⁶⁴ keys are to try.
 */
import { blake3 } from '@noble/hashes/blake3.js';

const consonants = 'bdfghjklmnprstvz';
const vowels = 'aiou';
/** Overlay addresses are made of the bytes before. */
const firstByte = 16;

/** @param id node ID in canonical form. @returns four words of five letters. */
export function idPhrase(id: string): string {
  const digest = blake3(new TextEncoder().encode(id));
  const words = [0, 2, 4, 6].map((offset) =>
    proquint(((digest[firstByte + offset] ?? 0) << 8) | (digest[firstByte + offset + 1] ?? 0)),
  );
  return words.join(' ');
}

function proquint(bits: number): string {
  const consonant = (shift: number): string => consonants.charAt((bits >> shift) & 15);
  const vowel = (shift: number): string => vowels.charAt((bits >> shift) & 3);
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}
