/** A look inside: expressions evaluated in the app's page or in its main process, over Chromium's debugging protocol. */
import { WebSocket } from 'ws';
import type { World } from '../world.js';

interface Answer {
  id?: number;
  error?: { message: string };
  result?: Result;
}

/** Of an evaluation; other commands have none of this. */
interface Result {
  result?: { value?: unknown };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

/** As Chromium lists them. */
interface Target {
  type: string;
  url: string;
  webSocketDebuggerUrl: string;
}

export class Session {
  #nextId = 1;
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString()) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
    socket.on('close', () => {
      for (const settle of this.#waiting.values()) settle({ error: { message: 'it is gone' } });
    });
  }

  /** Ends with the scenario, or with `close`. */
  static async open(world: World, address: string): Promise<Session> {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    // What comes later is told by the calls it spoils.
    socket.on('error', () => undefined);
    const session = new Session(socket);
    world.atEnd(() => {
      session.close();
      return Promise.resolve();
    });
    return session;
  }

  close(): void {
    this.socket.close();
  }

  /** Loads the page anew, with a script that runs before its own. */
  async reloadWith(script: string): Promise<void> {
    await this.#command('Page.enable', {});
    await this.#command('Page.addScriptToEvaluateOnNewDocument', { source: script });
    await this.#command('Page.reload', {});
  }

  /**
   * The value of an expression, a promise's awaited.
   * @throws Error with what it threw.
   */
  async evaluate<T>(expression: string): Promise<T> {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails: thrown } = await this.#command('Runtime.evaluate', parameters);
    if (thrown !== undefined) throw new Error(`${expression}: ${thrown.exception?.description ?? thrown.text}`);
    return result?.value as T;
  }

  async #command(method: string, params: object): Promise<Result> {
    const id = this.#nextId++;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    this.#waiting.delete(id);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result ?? {};
  }
}

/** The app's pages. */
export async function pagesAt(port: number): Promise<Target[]> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`);
  const targets = (await response.json()) as Target[];
  return targets.filter(({ type }) => type === 'page');
}
