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

export interface Scrolled {
  /** Between one frame and the next. */
  framesMs: number[];
  /** Frames in which the middle of the list had no row. */
  blank: number;
  /** Most rows there were at once. */
  rows: number;
}

/** Scrolls the page down and up like a wheel does for that long; resolves to a `Scrolled`. */
export function scrolling(durationMs: number): string {
  return `new Promise((resolve) => {
    const page = document.querySelector('main');
    const seen = { framesMs: [], blank: 0, rows: 0 };
    const start = performance.now();
    let last = start;
    let by = 60;
    const step = (now) => {
      seen.framesMs.push(now - last);
      last = now;
      seen.rows = Math.max(seen.rows, document.querySelectorAll('.peer-row').length);
      const list = document.querySelector('.peer-rows').getBoundingClientRect();
      const y = innerHeight / 2;
      if (list.top < y && y < list.bottom && !document.elementFromPoint(list.left + 40, y)?.closest('.peer-row')) {
        seen.blank += 1;
      }
      if (page.scrollTop + page.clientHeight >= page.scrollHeight - 1) by = -60;
      if (page.scrollTop === 0) by = 60;
      page.scrollTop += by;
      if (now - start < ${durationMs}) requestAnimationFrame(step);
      else resolve({ ...seen, framesMs: seen.framesMs.slice(1) });
    };
    requestAnimationFrame(step);
  })`;
}

/** Elements with more in them than they show, and whether the page scrolls sideways. An ellipsis is no fault. */
export const cutOff = `(() => {
  const page = document.documentElement;
  const hides = /hidden|clip/;
  const faulty = (each) => {
    if (each.closest('svg, .sparkline') || each.clientWidth === 0) return false;
    const { overflowX, overflowY, textOverflow, position } = getComputedStyle(each);
    // Texts for screen readers alone are a point wide.
    if (position === 'absolute' && each.clientWidth <= 1) return false;
    const wide = each.scrollWidth > each.clientWidth + 1;
    const high = each.scrollHeight > each.clientHeight + 2;
    if (wide && overflowX === 'visible') return true;
    return textOverflow !== 'ellipsis' && ((wide && hides.test(overflowX)) || (high && hides.test(overflowY)));
  };
  const faults = [...document.querySelectorAll('body *')].filter(faulty);
  const names = faults.map((each) => each.tagName.toLowerCase() + '.' + each.className + ' ' + each.textContent.slice(0, 30));
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

/** What has the keyboard, by its accessible name or text; empty where nothing has. */
export const focused = `(() => {
  const { activeElement: on } = document;
  return on === document.body ? '' : (on.ariaLabel ?? on.labels?.[0]?.textContent ?? on.textContent).trim();
})()`;

/** Whether what has the keyboard looks otherwise than without it. */
export const focusShows = `(() => {
  const { activeElement: on } = document;
  const look = () => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(on);
    const outline = outlineStyle === 'none' || outlineWidth === '0px' ? '' : outlineWidth + outlineColor;
    return [outline, boxShadow, borderColor, backgroundColor].join();
  };
  const withIt = look();
  on.blur();
  const without = look();
  on.focus();
  return withIt !== without;
})()`;

/** The most that moved at once within that time: animations and transitions longer than a moment. */
export function motionWithin(durationMs: number): string {
  return `new Promise((resolve) => {
    const start = performance.now();
    let most = 0;
    const look = () => {
      const moving = document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 1);
      most = Math.max(most, moving.length);
      if (performance.now() - start < ${durationMs}) requestAnimationFrame(look);
      else resolve(most);
    };
    look();
  })`;
}

/** Makes the page believe that its window is hidden, or seen again. */
export function visibility(hidden: boolean): string {
  return `(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${String(hidden)} });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${hidden ? 'hidden' : 'visible'}' });
    document.dispatchEvent(new Event('visibilitychange'));
  })()`;
}

export interface Timer {
  kind: 'setInterval' | 'setTimeout' | 'requestAnimationFrame';
  delayMs: number;
  hidden: boolean;
}

/** Notes every tick of an interval, and every timeout and frame asked for, from the page's first script on. */
export const timerWatch = `{
  const seen = (window.__rayfishTimers = []);
  const note = (kind, delayMs) => seen.push({ kind, delayMs: Number(delayMs ?? 0), hidden: document.hidden });
  const { setInterval: interval, setTimeout: timeout, requestAnimationFrame: frame } = window;
  window.setInterval = (call, delay, ...rest) =>
    interval(() => {
      note('setInterval', delay);
      call(...rest);
    }, delay);
  window.setTimeout = (call, delay, ...rest) => {
    note('setTimeout', delay);
    return timeout(call, delay, ...rest);
  };
  window.requestAnimationFrame = (call) => {
    note('requestAnimationFrame', 16);
    return frame(call);
  };
}`;

/** What `timerWatch` saw since it was last asked: `Timer[]`. */
export const timersSeen = 'window.__rayfishTimers.splice(0)';
