/** The app's main process as Electron 9 gets it. */
import './builtins.js';
import './electron.js';
import '../../../src/main/main.js';
