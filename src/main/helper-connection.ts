/** The app's connection to the helper: keeps dialling for as long as the app runs, and says how it stands. */
import type { HelperLink } from '../shared/app-contract.js';
import { Failure, toFailure, type FailureCode } from '../shared/errors.js';
import { connectHelper, type IpcClient } from '../shared/ipc-client.js';
import type { CallParams, Method, Result } from '../shared/ipc-contract.js';
import { followStatus } from '../shared/live-status.js';
import type { Status } from '../shared/status.js';
import { untilUseless, type HeartbeatTiming } from './heartbeat.js';

export interface HelperConnectionOptions {
  socketPath: string;
  /** True where the user named the path: then it need not belong to root. */
  trustPath: boolean;
  /** Who calls, for the helper's log: `name/version`. */
  client: string;
  /** Whether the background service is installed, asked each time the helper can't be reached. */
  serviceInstalled: () => boolean;
  onLink: (link: HelperLink) => void;
  /** The first one comes with a new connection, before anything else of it is told. */
  onStatus: (status: Status, link: HelperLink, helperVersion: string) => void;
  heartbeat?: HeartbeatTiming;
}

const firstPauseMs = 100;
const longestPauseMs = 1000;

/** What the window says where the helper, or what poses as it, is not spoken to. */
const refusals: Partial<Record<FailureCode, string>> = {
  'helper-untrusted':
    'Something that doesn’t belong to the administrator answers in the background service’s place, so Rayfish doesn’t talk to it.',
  'protocol-mismatch': 'The background service is of another version than this app. Install it again, or restart it.',
  'not-permitted': 'This user may not talk to the background service.',
  'too-many-connections': 'The background service has no room for another app of this user. Close one of them.',
};

export class HelperConnection {
  #client: IpcClient | null = null;
  #link: HelperLink = { kind: 'connecting', since: Date.now() };
  #pauseMs = firstPauseMs;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(private readonly options: HelperConnectionOptions) {}

  /** Dials until `stop`. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#client?.close();
    this.#wake();
  }

  /** Dials now instead of after the pause: the machine woke up. */
  nudge(): void {
    this.#pauseMs = firstPauseMs;
    this.#wake();
  }

  /** Hangs up and dials anew: who we are to the helper may have changed. */
  redial(): void {
    this.#client?.close();
    this.nudge();
  }

  /**
   * Calls one method of the helper.
   * @throws Failure the helper's own, or `helper-unreachable` where it can't be asked.
   */
  async call<M extends Method>(method: M, params: CallParams<M>): Promise<Result<M>> {
    try {
      if (this.#client !== null) return await this.#client.call(method, params);
    } catch (thrown) {
      if (toFailure(thrown).code !== 'helper-unreachable') throw thrown;
    }
    throw new Failure('helper-unreachable', 'The background service isn’t running. Try again once it is back.');
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const link = await this.#session();
      // Asynchronous code may have been told to stop meanwhile.
      if (this.#isStopped()) return;
      this.#say(link);
      await this.#pause();
    }
  }

  /** One connection, from dialling to its end; how we stand after it. */
  async #session(): Promise<HelperLink> {
    const { socketPath, client: name, trustPath, onStatus } = this.options;
    try {
      const client = await connectHelper(socketPath, { client: name, trustPath });
      if (this.#isStopped()) client.close();
      this.#client = client;
      this.#link = { kind: 'connected', level: client.level };
      void untilUseless(client, name, this.options.heartbeat).then(() => {
        client.close();
      });
      await followStatus(client, (status) => {
        this.#pauseMs = firstPauseMs;
        onStatus(status, this.#link, client.helperVersion);
      });
      return connecting();
    } catch (thrown) {
      return this.#linkWithout(toFailure(thrown));
    } finally {
      this.#client?.close();
      this.#client = null;
    }
  }

  #linkWithout(failure: Failure): HelperLink {
    if (failure.code !== 'helper-unreachable') {
      return { kind: 'refused', message: refusals[failure.code] ?? failure.message };
    }
    const silent = failure.cause instanceof Failure && failure.cause.code === 'timed-out';
    if (silent) return this.#link.kind === 'connecting' ? this.#link : connecting();
    return { kind: this.options.serviceInstalled() ? 'stopped' : 'not-installed' };
  }

  #say(link: HelperLink): void {
    const news = JSON.stringify(link) !== JSON.stringify(this.#link);
    this.#link = link;
    if (news) this.options.onLink(link);
  }

  #pause(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}

function connecting(): HelperLink {
  return { kind: 'connecting', since: Date.now() };
}
