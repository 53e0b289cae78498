/** Every topic of the app in a real Electron; importing one adds its scenarios. */
import './budget.js';
import './helper.js';
import './lockdown.js';
import './notifications.js';
import './quit.js';
import './tray.js';
import './window.js';
