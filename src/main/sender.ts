/** Who may speak to main: the window's own page, in its top frame. */

/** What Electron says of the frame that sent a message. */
export interface Sender {
  /** Of the frame; empty where it is gone already. */
  url: string;
  topFrame: boolean;
}

/** @param origin scheme and host of our page, `app://rayfish`. */
export function isOurPage(sender: Sender, origin: string): boolean {
  return sender.topFrame && (sender.url === origin || sender.url.startsWith(`${origin}/`));
}
