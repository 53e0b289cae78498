/** Every topic of the app; importing one adds its scenarios. */
import './crowd.js';
import './gallery.js';
import './hidden.js';
import './hostile-names.js';
import './input.js';
import './keyboard.js';
import './links.js';
import './path.js';
import './recovery.js';
import './speed.js';
import './zoom.js';
