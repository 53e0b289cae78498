/** What a client sees of the helper: one snapshot, then one event for each part that changed. */
import * as z from 'zod';

/** The engine's states (docs/architecture.md, "States"). `standby` is what `down` means. */
export const engineStateSchema = z.enum(['stopped', 'starting', 'up', 'standby', 'stopping', 'failed']);
export type EngineState = z.infer<typeof engineStateSchema>;

export const peerStateSchema = z.enum([
  'connected',
  'paused',
  'connecting',
  'waiting-for-them',
  'idle',
  'offline',
  'blocked',
]);
export type PeerState = z.infer<typeof peerStateSchema>;

/** Conditions the owner should know of; the tunnel goes on. Each names its fault and what to do in `message`. */
export const warningCodeSchema = z.enum([
  'cgnat-conflict',
  'overlay-ipv6-conflict',
  'ipv6-unavailable',
  'ipv4-collision',
  'firewall-blocks-tunnel',
  'firewall-blocks-port',
  'port-taken',
  'peers-unreadable',
  'state-unreadable',
  'state-unwritable',
  'network-configuration',
  'mdns-unavailable',
]);

export const warningSchema = z.object({
  code: warningCodeSchema,
  /** Consequence, cause, action: one or two sentences. */
  message: z.string(),
  /** The interface the warning is about, where there is one. */
  interface: z.string().optional(),
  /** The address the warning is about, where there is one. */
  address: z.string().optional(),
  /** The peer (node ID) the warning is about, where there is one. */
  peer: z.string().optional(),
  /** Stays until `dismiss`, even when its cause is gone (a file was set aside). */
  sticky: z.boolean().default(false),
});
export type Warning = z.infer<typeof warningSchema>;

export const pathSchema = z.object({
  kind: z.enum(['direct', 'relay']),
  carrier: z.enum(['quic', 'fast']),
  /** Why this carrier and not the other, in words. */
  carrierReason: z.string(),
  /** Outer address (`ip:port`) or relay URL; null for callers who may not see it. */
  remote: z.string().nullable(),
  /** Round-trip time in milliseconds. */
  rttMs: z.number().nullable(),
});
export type Path = z.infer<typeof pathSchema>;

export const peerStatusSchema = z.object({
  id: z.string(),
  /** The name we gave it, else the one it claims, else a short form of its ID. */
  name: z.string(),
  /** Whether the owner gave the name. */
  named: z.boolean(),
  /** The name the peer claims for itself; never trusted. */
  claimedName: z.string().nullable(),
  state: peerStateSchema,
  /** Overlay IPv4, or null where a collision took it. */
  ipv4: z.string().nullable(),
  ipv6: z.string(),
  allow: z.literal('everything'),
  path: pathSchema.nullable(),
  /** Bytes of IP packets sent to and received from the peer since the helper started. */
  txBytes: z.number(),
  rxBytes: z.number(),
  /** Packets to or from this peer that were dropped since the helper started, all reasons. */
  drops: z.number(),
  /** ISO 8601 time of the last moment the peer was connected, or null. */
  lastSeen: z.string().nullable(),
  /** The last failure to connect, in words, while not connected. */
  problem: z.string().nullable(),
});
export type PeerStatus = z.infer<typeof peerStatusSchema>;

export const requestSchema = z.object({
  id: z.string(),
  /** Claimed by the stranger, sanitised, possibly empty. */
  name: z.string(),
  /** ISO 8601 time the request first arrived. */
  at: z.string(),
});
export type Request = z.infer<typeof requestSchema>;

export const nodeStatusSchema = z.object({
  state: engineStateSchema,
  /** Why, when `state` is `failed`. */
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** What the owner last asked for; restored at the next start. */
  wish: z.enum(['up', 'standby']),
  version: z.string(),
  /** Empty strings while the identity is unreadable. */
  nodeId: z.string(),
  name: z.string(),
  ipv4: z.string(),
  ipv6: z.string(),
  tun: z.object({ name: z.string(), mtu: z.number() }).nullable(),
  /** True while the overlay carries IPv6 only. */
  ipv6Only: z.boolean(),
  /** UDP ports the endpoint listens on. */
  ports: z.array(z.number()),
  warnings: z.array(warningSchema),
  /** Strangers waiting for an answer; empty for callers who may not see them. */
  requests: z.array(requestSchema),
  /** Packets dropped since the helper started, by reason. */
  drops: z.record(z.string(), z.number()),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

export const statusSchema = nodeStatusSchema.extend({ peers: z.array(peerStatusSchema) });
export type Status = z.infer<typeof statusSchema>;
