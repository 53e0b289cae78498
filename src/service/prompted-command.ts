/**
 * The command an administrator is asked to allow. It is one line of shell made of fixed words, a digest, a size and
 * paths we chose: no variables, double quotes, backslashes or newlines, so that it means the same in
 * `sudo /bin/sh -c "…"`, behind either platform's prompt, and pasted into a terminal.
 */
import { dirname } from 'node:path';
import type { Archive } from './archive.js';
import type { ServiceLayout } from './layout.js';

/**
 * Copies an archive that a user can change into a directory only root can enter, compares the digest of the copy, and
 * only then unpacks it and runs what is in it. A pipe or an endless device in the archive's place ends it, a link
 * (Linux) is not followed, and nothing is left behind.
 * @param token some random hex digits: the directory must be new
 * @param uid who becomes an operator, where the prompt does not say by itself (macOS)
 */
export function copyAndInstallCommand(
  { home, platform }: Pick<ServiceLayout, 'home' | 'platform'>,
  { path, size, sha256 }: Archive,
  token: string,
  uid: number,
): string {
  const incoming = `${home}/incoming-${token}`;
  const copy = `${incoming}/service.tar`;
  const [read, check, run] =
    platform === 'linux'
      ? [
          `dd if=${path} of=${copy} bs=1M count=${size} iflag=nofollow,nonblock,fullblock,count_bytes status=none`,
          'sha256sum --check --status',
          `${incoming}/bin/node`,
        ]
      : [
          `head -c ${size} ${path} > ${copy}`,
          'shasum -a 256 -c -s',
          `env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin SUDO_UID=${uid} ${incoming}/bin/node`,
        ];
  const parents = `${dirname(home)} ${home}`;
  const others = (test: string): string => `! find ${parents} -maxdepth 0 ${test} | grep -q .`;
  const steps = [
    // Before the modes are looked at: a link's own says, on Linux, that everybody may change it.
    `{ ${others('-type l')} || ${complain(`Nothing was installed: ${parents.replace(' ', ' or ')} is a link. Both have to be directories that only root can change.`)} ; }`,
    `{ ${others('! -uid 0')} && ${others('-perm -0020')} && ${others('-perm -0002')} || ${complain('Others than root can change the directory the service would be installed in.')} ; }`,
    `mkdir -m 0700 ${incoming}`,
    `{ ${read} || ${complain('The service could not be copied to its place: the disk is full, or the files were removed meanwhile.')} ; }`,
    `{ echo '${sha256}  ${copy}' | ${check} || ${complain('The files were changed after the app had prepared them. Nothing was installed.')} ; }`,
    `{ tar -x --no-same-owner --no-same-permissions -f ${copy} -C ${incoming} || ${complain('The service could not be unpacked in its place: the disk is full.')} ; }`,
    `rm ${copy}`,
    `${run} ${incoming}/dist/rayfish.js service install`,
  ];
  const cleanUp = `rm -rf ${incoming}`;
  const prepare = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin ; export PATH ; umask 022';
  // Where nothing was installed before either, the directory is empty and goes too.
  const giveUp = `{ ${cleanUp} ; rmdir ${home} 2>/dev/null ; exit 1 ; }`;
  return checked(`${prepare} ; mkdir -p ${home} && ${steps.join(' && ')} && ${cleanUp} || ${giveUp}`);
}

/**
 * Runs an installed bundle, which only root can change, where it is.
 * @param bundle its directory
 * @returns null where its path could mean something to a shell
 */
export function installedCommand(bundle: string, platform: ServiceLayout['platform'], uid: number): string | null {
  if (!/^[\w./ -]+$/.test(bundle)) return null;
  const environment = platform === 'darwin' ? `env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin SUDO_UID=${uid} ` : '';
  return checked(`${environment}'${bundle}/bin/node' '${bundle}/dist/rayfish.js' service install`);
}

/** What to type in a terminal: prepares a command like these anew, and asks with sudo. Nothing of it runs as root before. */
export function typedCommand(bundle: string): string {
  return `'${bundle.replaceAll("'", `'\\''`)}/bin/rayfish' service install`;
}

function complain(sentence: string): string {
  return `{ echo '${sentence}' >&2 ; false ; }`;
}

/** The last line of defence: no character that any of the shells in between would replace. */
function checked(command: string): string {
  if (!/^[\w ./:;,=+&|{}>!'-]+$/.test(command)) throw new Error(`not fixed text: ${command}`);
  return command;
}
