/** What peers tell each other over the control stream (docs/protocol.md): small JSON messages, parsed with distrust. */
import * as z from 'zod';
import { sanitiseName } from '../shared/peer-name.js';

/** Longest message, in bytes; the data plane holds both ends to it. */
export const maxMessageBytes = 4096;

const claimedName = z.string().transform(sanitiseName);
const word = z.string().max(64);

const messageSchema = z.discriminatedUnion('type', [
  /** First on every connection. `paused`: the sender's tunnel is off. */
  z.object({
    type: z.literal('hello'),
    name: claimedName,
    platform: word,
    version: word,
    features: z.array(word).max(32),
    paused: z.boolean(),
  }),
  z.object({ type: z.literal('paused') }),
  z.object({ type: z.literal('resumed') }),
  z.object({ type: z.literal('renamed'), name: claimedName }),
]);
export type ControlMessage = z.infer<typeof messageSchema>;

export function encodeMessage(message: ControlMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** The message, or null for one that is malformed or of a kind this version does not know. */
export function decodeMessage(data: Buffer): ControlMessage | null {
  if (data.length > maxMessageBytes) return null;
  try {
    return messageSchema.safeParse(JSON.parse(data.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** The name in a stranger's hello, possibly empty; nothing else of it matters. */
export function nameInHello(data: Buffer): string {
  const message = decodeMessage(data);
  return message?.type === 'hello' ? message.name : '';
}
