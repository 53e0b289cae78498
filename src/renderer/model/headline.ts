/** The one thing the window says first: how things are, in words, and the one action that helps. */
import type { AppState } from '../../shared/app-contract.js';
import type { Status } from '../../shared/status.js';
import { failureWords } from './failure-words.js';
import { peerSummary } from './peer-summary.js';

export type HeroTone = 'on' | 'calm' | 'busy' | 'attention' | 'failed';

export type HeroAction =
  | { kind: 'start-service'; label: string }
  /** Puts this app's service in the place of what is there: asked first. */
  | { kind: 'replace-service'; label: string }
  | { kind: 'up'; label: string }
  | { kind: 'allow-ipv6-only'; label: string }
  | { kind: 'new-identity'; label: string };

export interface Headline {
  tone: HeroTone;
  title: string;
  detail: string;
  /** Null where there is nothing to turn on or off. */
  toggle: { on: boolean; label: string } | null;
  action: HeroAction | null;
}

/** @param app the state; the helper's status in it may be of before where the link is not connected. */
export function headline(app: AppState): Headline {
  if (app.link.kind !== 'connected') return withoutHelper(app);
  return app.status === null ? connecting : withHelper(app.status, app.online);
}

const connecting: Headline = {
  tone: 'busy',
  title: 'One moment',
  detail: 'Asking the background service how things are.',
  toggle: null,
  action: null,
};

function withoutHelper({ link, status }: AppState): Headline {
  switch (link.kind) {
    case 'not-installed':
      return {
        tone: 'attention',
        title: 'Nothing is connected',
        detail: 'The background service is not installed on this device any more.',
        toggle: null,
        action: { kind: 'start-service', label: 'Install it' },
      };
    case 'stopped':
      return {
        tone: 'attention',
        title: 'Nothing is connected',
        detail: 'The background service isn’t running.',
        toggle: null,
        action: { kind: 'start-service', label: 'Start it' },
      };
    case 'refused':
      return {
        tone: 'failed',
        title: 'Nothing is connected',
        detail: link.message,
        toggle: null,
        action: { kind: 'replace-service', label: 'Set it up again…' },
      };
    case 'connecting':
    case 'connected':
      if (status === null) return connecting;
      return {
        tone: 'busy',
        title: 'Service not answering',
        detail: 'We’ll reconnect by ourselves. Below is how things were; what you typed is kept.',
        toggle: null,
        action: null,
      };
  }
}

function withHelper(status: Status, online: boolean): Headline {
  switch (status.state) {
    case 'starting':
      return {
        tone: 'busy',
        title: 'Turning on',
        detail: 'Setting up the tunnel and looking for your peers.',
        toggle: { on: status.wish === 'up', label: 'Rayfish' },
        action: null,
      };
    case 'stopping':
    case 'stopped':
      return {
        tone: 'busy',
        title: 'Service stopping',
        detail: 'The background service is being stopped or updated.',
        toggle: null,
        action: null,
      };
    case 'standby':
      return {
        tone: 'calm',
        title: 'Off',
        detail: 'Nothing passes. Your peers still see this device, as paused.',
        toggle: { on: false, label: 'Rayfish' },
        action: null,
      };
    case 'failed':
      return failed(status);
    case 'up':
      return { ...peerSummary(status.peers, online), toggle: { on: true, label: 'Rayfish' }, action: null };
  }
}

function failed(status: Status): Headline {
  const { title, detail, action } = failureWords(status.failure);
  return { tone: 'failed', title, detail, action, toggle: null };
}
