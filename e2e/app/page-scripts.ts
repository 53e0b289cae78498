/**
 * What runs inside the page. Text, because it belongs to another world: a browser, where none of our modules are.
 */

/** The binding by which the page's bridge reaches the test, and the function by which the test reaches the bridge. */
export const bindingName = '__rayfishBridge';
export const receiverName = '__rayfishState';

/** Stands where the preload script stands in the app: the same three functions, over the browser's debugging pipe. */
export const bridgeScript = `{
  const listeners = new Set();
  window.rayfish = {
    call: (method, params) => window.${bindingName}('call', method, params),
    act: (action, params) => window.${bindingName}('act', action, params),
    onState: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  window.${receiverName} = (state) => {
    for (const listener of listeners) listener(state);
  };
}`;

/** When (ms since 1970) a frame with this text in the headline was on the screen. */
export function paintOf(headline: string): string {
  return `new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('h1')?.textContent !== ${JSON.stringify(headline)}) requestAnimationFrame(look);
      // What a frame callback sees is painted when the next one is called.
      else requestAnimationFrame(() => resolve(Date.now()));
    };
    look();
  })`;
}

/** Scrolls the page down like a wheel does for that long; resolves to the time between frames, in ms. */
export function framesWhileScrolling(durationMs: number): string {
  return `new Promise((resolve) => {
    const page = document.querySelector('main');
    const frames = [];
    const start = performance.now();
    let last = start;
    const step = (now) => {
      frames.push(now - last);
      last = now;
      page.scrollTop += 60;
      if (now - start < ${durationMs}) requestAnimationFrame(step);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(step);
  })`;
}

/** Elements wider than what is there for them, and whether the page scrolls sideways. */
export const overflowing = `(() => {
  const page = document.documentElement;
  const wide = [...document.querySelectorAll('#root *')].filter(
    (each) =>
      !each.closest('svg') && each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1 &&
      getComputedStyle(each).overflowX === 'visible',
  );
  const names = wide.map((each) => each.tagName.toLowerCase() + '.' + each.className);
  return page.scrollWidth > page.clientWidth ? ['the page', ...names] : names;
})()`;

/** Colours a canvas has on it, background included. */
export const canvasColours = `(() => {
  const canvas = document.querySelector('.row-traffic canvas');
  if (canvas === null) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join());
  return colours.size;
})()`;

/** What has the keyboard, by its accessible name or text. */
export const focused = `(() => {
  const { activeElement: on } = document;
  return (on.ariaLabel ?? on.labels?.[0]?.textContent ?? on.textContent).trim();
})()`;
