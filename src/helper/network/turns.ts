/** Lets asynchronous work happen one after another, in the order it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // The next one's turn comes whatever became of this one; its caller hears of it.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
