/** The kinds of packages for Linux: what making each takes, and in one sentence why one was not made. */

/** @typedef {'tar.gz' | 'AppImage' | 'deb' | 'rpm'} Kind */

/** What electron-builder makes each with: what is installed under this name, else a download. */
const tools = { 'tar.gz': '7za', AppImage: null, deb: 'fpm', rpm: 'fpm' };

/** In the order they are made: a deb or rpm adds its AppArmor profile to the packed app. */
export const kinds = /** @type {readonly Kind[]} */ (Object.keys(tools));

/**
 * The variables that let electron-builder use what is installed.
 * @param {(program: string) => string | null} find the path of a program, null where there is none
 * @returns {Record<string, string>}
 */
export function installedTools(find) {
  /** @type {Record<string, string>} */
  const env = {};
  const zip = find('7za');
  if (zip !== null) env['ELECTRON_BUILDER_7ZIP_PATH'] = zip;
  if (find('fpm') !== null) env['USE_SYSTEM_FPM'] = 'true';
  return env;
}

/**
 * Why a kind cannot be made here at all, or null.
 * @param {Kind} kind
 * @param {(program: string) => string | null} find
 */
export function obstacleTo(kind, find) {
  return kind === 'rpm' && find('rpmbuild') === null ? 'rpmbuild is not installed (package rpm)' : null;
}

/**
 * Why it was not made, from what electron-builder printed.
 * @param {Kind} kind
 * @param {string} output
 */
export function reasonOf(kind, output) {
  const complaints = [...output.matchAll(/^\s*⨯ (.+?)(?: {2,}|$)/gm)];
  const said = complaints.at(-1)?.[1] ?? 'electron-builder gave no reason';
  if (!/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|status code|certificate/.test(output)) return said;
  const system = tools[kind];
  const tool =
    system === null ? "electron-builder's tools for it" : `${system} is not installed, and electron-builder's own`;
  return `${tool} could not be downloaded (${said})`;
}
