/** What jsdom lacks, for the window's tests. */
import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// Draws on a canvas, which jsdom has not; the numbers beside a chart are text.
vi.mock('uplot', () => ({
  default: class {
    setData(): void {
      return undefined;
    }
    destroy(): void {
      return undefined;
    }
  },
}));

class NoResizes {
  observe(): void {
    return undefined;
  }
  unobserve(): void {
    return undefined;
  }
  disconnect(): void {
    return undefined;
  }
}
// Testing Library says so by itself only where test functions are global.
vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
vi.stubGlobal('ResizeObserver', NoResizes);
vi.stubGlobal('matchMedia', () => ({
  matches: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
Element.prototype.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;
// A list draws what fits: without a layout nothing would.
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, value: 640 });
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, value: 400 });

afterEach(cleanup);
