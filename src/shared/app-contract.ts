/**
 * The contract between the app's main process and its window, declared once: what the window may ask, what it is told.
 * Main checks sender and schema of every call in one place; the preload script exposes exactly this and nothing else.
 */
import * as z from 'zod';
import type { failureSchema } from './ipc-contract.js';
import { methods, type CallParams, type Method, type Result } from './ipc-contract.js';
import { statusSchema } from './status.js';

/** Helper methods the window may call; whether the user is permitted is the helper's decision. */
export const windowMethods = [
  'up',
  'down',
  'reset-identity',
  'add-peer',
  'remove-peer',
  'rename-peer',
  'accept-request',
  'reject-request',
  'block-peer',
  'invite',
  'ping',
  'get-settings',
  'set-setting',
  'unset-setting',
  'logs',
  'dismiss-warning',
] as const satisfies readonly Method[];
export type WindowMethod = (typeof windowMethods)[number];

/** How the app stands to the helper. */
export const helperLinkSchema = z.discriminatedUnion('kind', [
  /** Trying; `since` (ms since the epoch) lets the window wait before it worries anybody. */
  z.object({ kind: z.literal('connecting'), since: z.number() }),
  z.object({ kind: z.literal('connected'), level: z.enum(['anyone', 'operator', 'root']) }),
  /** The background service was never installed. */
  z.object({ kind: z.literal('not-installed') }),
  /** Installed, and not running. */
  z.object({ kind: z.literal('stopped') }),
  /** Somebody else's socket, or a helper of another version: never spoken to. */
  z.object({ kind: z.literal('refused'), message: z.string() }),
]);
export type HelperLink = z.infer<typeof helperLinkSchema>;

/** Where installing or starting the background service stands. */
export const serviceTaskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  /** The administrator prompt is open, or the work behind it under way. */
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('refused') }),
  /** There is no way to ask for the administrator here; `command` does it in a terminal. */
  z.object({ kind: z.literal('impossible'), command: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type ServiceTask = z.infer<typeof serviceTaskSchema>;

export const appSettingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  startAtLogin: z.boolean(),
  /** Notify when a peer comes online. Requests and conflicts always notify. */
  notifyPeerOnline: z.boolean(),
  /** macOS only. */
  showInDock: z.boolean(),
  /** The first-run screens were finished. */
  welcomed: z.boolean(),
});
export type AppSettings = z.infer<typeof appSettingsSchema>;

/** Pages of the project, by name: the window never passes a URL. */
export const projectPageSchema = z.enum(['documentation', 'report-problem']);
export type ProjectPage = z.infer<typeof projectPageSchema>;

/** Everything the window shows, in one value. */
export const appStateSchema = z.object({
  link: helperLinkSchema,
  /** The last status known; null before the first. While not connected it is what was. */
  status: statusSchema.nullable(),
  service: serviceTaskSchema,
  settings: appSettingsSchema,
  /** Text a deep link brought for the add field. Shown, never acted on; cleared by `take-deep-link`. */
  deepLink: z.string().max(4096).nullable(),
  /** Where the tray, a notification or a deep link wants the window to go; cleared by `take-wanted-page`. */
  wantedPage: z.enum(['add', 'invite', 'requests', 'settings', 'diagnostics']).nullable(),
  platform: z.enum(['linux', 'darwin']),
  versions: z.object({ app: z.string(), helper: z.string().nullable(), electron: z.string() }),
  /** No tray host was found: the window says so. */
  trayless: z.boolean(),
  /** This device has an address besides the overlays': without one nobody can be reached. */
  online: z.boolean(),
  /** Pages there are to open; a project without an address has none. */
  pages: z.array(projectPageSchema),
});
export type AppState = z.infer<typeof appStateSchema>;

/** Longest text the window may copy: some hundred lines of log. */
export const copiedCharacters = 65_536;

/** What the window may ask of the app itself. */
export const actions = {
  /** The state now; from then on `state` events follow. */
  'get-state': { params: z.object({}).strict(), result: appStateSchema },
  'set-app-setting': { params: appSettingsSchema.partial().strict(), result: z.object({}).strict() },
  /** Asks for the administrator once, then installs, starts or adds this user as operator, whichever is missing. */
  'start-service': { params: z.object({}).strict(), result: z.object({}).strict() },
  'copy-text': { params: z.object({ text: z.string().max(copiedCharacters) }), result: z.object({}).strict() },
  'open-page': { params: z.object({ page: projectPageSchema }), result: z.object({}).strict() },
  'take-deep-link': { params: z.object({}).strict(), result: z.object({}).strict() },
  'take-wanted-page': { params: z.object({}).strict(), result: z.object({}).strict() },
  quit: { params: z.object({ turnOff: z.boolean() }), result: z.object({}).strict() },
} as const;

export type Action = keyof typeof actions;
export type ActionParams<A extends Action> = z.input<(typeof actions)[A]['params']>;
export type ActionResult<A extends Action> = z.output<(typeof actions)[A]['result']>;

/** A failure is a value here: exceptions lose their code on the way through Electron. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: z.infer<typeof failureSchema> };

/** What the preload script puts into the window as `window.rayfish`. */
export interface AppBridge {
  call<M extends WindowMethod>(method: M, params: CallParams<M>): Promise<Outcome<Result<M>>>;
  act<A extends Action>(action: A, params: ActionParams<A>): Promise<Outcome<ActionResult<A>>>;
  /** Whole states, newest wins, at most twenty a second. Returns how to stop. */
  onState(listener: (state: AppState) => void): () => void;
}

/** Schemas of the methods the window may call. */
export function windowMethod(name: string): (typeof methods)[WindowMethod] | undefined {
  const known = windowMethods.find((method) => method === name);
  return known === undefined ? undefined : methods[known];
}
