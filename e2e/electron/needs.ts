/** What every scenario in Electron needs. */
import type { Need } from '../needs.js';

export const needs: readonly Need[] = ['electron', 'Xvfb', 'dbus-daemon', 'xdotool', 'app'];
