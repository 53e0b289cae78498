/** Users of this machine by name and number, as the system knows them (directory services included). */
import type { Runner } from '../helper/network/runner.js';
import { Failure } from '../shared/errors.js';

export interface User {
  uid: number;
  name: string;
}

/** @param text a name or a uid. @throws Failure `user-unknown` */
export async function findUser(runner: Runner, text: string): Promise<User> {
  // `id` would take a leading dash for an option.
  if (text !== '' && !text.startsWith('-')) {
    const [uid, name] = await Promise.all([idSays(runner, '-u', text), idSays(runner, '-un', text)]);
    if (uid !== null && name !== null && /^\d{1,10}$/.test(uid)) return { uid: Number(uid), name };
  }
  throw new Failure('user-unknown', `There is no user ‘${text}’ on this device.`);
}

/** @returns the uid as text where it belongs to nobody */
export async function userName(runner: Runner, uid: number): Promise<string> {
  return (await idSays(runner, '-un', String(uid))) ?? String(uid);
}

/**
 * Who asked root to run this program: pkexec and sudo say it, in an environment only they can set.
 * @returns null where root did it alone
 */
export function invokingUid(env: Readonly<Record<string, string | undefined>>): number | null {
  const text = env['PKEXEC_UID'] ?? env['SUDO_UID'] ?? '';
  const uid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return uid === 0 ? null : uid;
}

async function idSays(runner: Runner, option: string, user: string): Promise<string | null> {
  const { code, stdout } = await runner.run('id', [option, user]);
  return code === 0 ? stdout.trim() : null;
}
