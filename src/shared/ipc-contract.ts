/**
 * The contract between clients (command line, app) and the helper: every method and event, declared once.
 * Both sides derive their types from here and parse what arrives with these schemas. Wire form and rules are
 * in docs/protocol.md: newline-delimited JSON over a Unix socket, `hello` first.
 */
import * as z from 'zod';
import { failureCodes } from './errors.js';
import { nodeStatusSchema, peerStatusSchema, statusSchema } from './status.js';

/** Version of this contract; a helper and a client of different versions refuse each other with words. */
export const ipcProtocol = 1;

/** Longest request line, in bytes without the newline: a stranger may send it to root. */
export const maxFrameBytes = 256 * 1024;
/** Longest line from the helper: a status with as many peers as there may be. */
export const maxAnswerBytes = 16 * 1024 * 1024;

/** Who may call a method: anyone on this machine, operators and root, or root alone. */
export type Level = 'anyone' | 'operator' | 'root';

const nothing = z.object({}).strict();
const peerReference = z.string().min(1).max(512);

function method<L extends Level, P extends z.ZodType, R extends z.ZodType>(level: L, params: P, result: R) {
  return { level, params, result };
}

export const settingsSchema = z.object({
  /** What this machine calls itself towards peers. */
  name: z.string(),
  'ipv6-only': z.enum(['auto', 'on', 'off']),
  /** Wanted UDP port; another is taken where it is in use. */
  port: z.number().int().min(0).max(65535),
  /** `default`, `none`, or relay URLs. */
  relay: z.union([z.enum(['default', 'none']), z.array(z.url()).min(1).max(8)]),
  /** `default`, `none`, or lookup server URLs. */
  discovery: z.union([z.enum(['default', 'none']), z.array(z.url()).min(1).max(8)]),
  mdns: z.boolean(),
  /** Packets skip QUIC where that is proven to work (docs/protocol.md). */
  'fast-path': z.boolean(),
  /** The tunnel device takes and gives many segments at once, where the kernel can. */
  offload: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const settingKeySchema = settingsSchema.keyof();
export type SettingKey = z.infer<typeof settingKeySchema>;

export const logLineSchema = z.object({
  /** ISO 8601 */
  at: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

export const methods = {
  hello: method(
    'anyone',
    z.object({ protocol: z.number().int(), client: z.string().max(64) }),
    z.object({ protocol: z.number().int(), version: z.string(), level: z.enum(['anyone', 'operator', 'root']) }),
  ),
  status: method('anyone', nothing, statusSchema),
  /** From here on this connection receives events; returns after they are switched on. */
  subscribe: method('anyone', nothing, nothing),
  up: method('operator', nothing, statusSchema),
  down: method('operator', nothing, statusSchema),
  /** Makes a new identity; the old one is gone. Every peer has to add the new ID. */
  'reset-identity': method('operator', nothing, z.object({ nodeId: z.string() })),
  'add-peer': method(
    'operator',
    z.object({ target: z.string().max(4096), name: z.string().max(256).optional() }),
    z.object({ peer: peerStatusSchema }),
  ),
  'remove-peer': method('operator', z.object({ peer: peerReference }), z.object({ id: z.string(), name: z.string() })),
  'rename-peer': method(
    'operator',
    z.object({ peer: peerReference, name: z.string().max(256) }),
    z.object({ peer: peerStatusSchema }),
  ),
  /** `peer` names a pending request: its ID, a unique prefix of it, or the claimed name where unique. */
  'accept-request': method(
    'operator',
    z.object({ peer: peerReference, name: z.string().max(256).optional() }),
    z.object({ peer: peerStatusSchema }),
  ),
  'reject-request': method(
    'operator',
    z.object({ peer: peerReference }),
    z.object({ id: z.string(), name: z.string() }),
  ),
  /** A peer, a pending request, or a bare node ID: nothing of it is heard again until it is removed or added. */
  'block-peer': method('operator', z.object({ peer: peerReference }), z.object({ peer: peerStatusSchema })),
  invite: method('operator', nothing, z.object({ link: z.string() })),
  ping: method(
    'operator',
    z.object({ peer: peerReference, timeoutMs: z.number().int().min(50).max(30_000).default(2000) }),
    z.object({ id: z.string(), name: z.string(), rttMs: z.number(), path: peerStatusSchema.shape.path }),
  ),
  'get-settings': method(
    'operator',
    nothing,
    z.object({ settings: settingsSchema, overridden: z.array(settingKeySchema) }),
  ),
  /** `value` is the text a person typed; the helper parses it and answers with the effective settings. */
  'set-setting': method(
    'operator',
    z.object({ key: z.string().max(64), value: z.string().max(2048) }),
    z.object({ settings: settingsSchema, restartNeeded: z.boolean() }),
  ),
  'unset-setting': method(
    'operator',
    z.object({ key: z.string().max(64) }),
    z.object({ settings: settingsSchema, restartNeeded: z.boolean() }),
  ),
  /** The newest lines (at most 1,000), oldest first; with `follow` later ones arrive as `log` events. */
  logs: method(
    'operator',
    z.object({ sinceMs: z.number().int().min(0).optional(), follow: z.boolean().default(false) }),
    z.object({ lines: z.array(logLineSchema) }),
  ),
  /** Puts a sticky warning away. */
  'dismiss-warning': method('operator', z.object({ code: z.string().max(64) }), nothing),
} as const;

export type Method = keyof typeof methods;
export type Params<M extends Method> = z.output<(typeof methods)[M]['params']>;
/** What a caller writes: defaults may be left out. */
export type CallParams<M extends Method> = z.input<(typeof methods)[M]['params']>;
export type Result<M extends Method> = z.output<(typeof methods)[M]['result']>;

export const events = {
  /** Everything about this node but the peers. */
  node: nodeStatusSchema,
  /** A peer is new or changed. */
  peer: peerStatusSchema,
  'peer-removed': z.object({ id: z.string() }),
  log: logLineSchema,
} as const;

export type EventName = keyof typeof events;
export type EventData<E extends EventName> = z.output<(typeof events)[E]>;

/** Client to helper. */
export const requestFrameSchema = z.object({
  id: z.number().int().min(0),
  method: z.string().max(64),
  params: z.unknown().optional(),
});

export const failureSchema = z.object({ code: z.enum(failureCodes), message: z.string() });

/** Helper to client: an answer to the request of that `id` (null where the request could not be read), or an event. */
export const replyFrameSchema = z.union([
  z.object({ id: z.number().int().nullable(), error: failureSchema }),
  z.object({ id: z.number().int(), result: z.unknown() }),
  z.object({ event: z.string(), data: z.unknown() }),
]);
