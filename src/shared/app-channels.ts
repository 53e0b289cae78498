/** Electron's channels between main and window: one for each direction and kind. Apart from the contract, so that the
 * preload script brings no schemas along. */
export const channels = { call: 'rayfish:call', act: 'rayfish:act', state: 'rayfish:state' } as const;
