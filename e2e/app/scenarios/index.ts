/** Every topic of the app; importing one adds its scenarios. */
import './crowd.js';
import './gallery.js';
import './input.js';
import './keyboard.js';
import './path.js';
import './recovery.js';
import './speed.js';
