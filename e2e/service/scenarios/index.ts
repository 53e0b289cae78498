/** The installation; importing one adds its scenarios. */
import './copy.js';
import './deb.js';
import './plain-root.js';
import './refusals.js';
