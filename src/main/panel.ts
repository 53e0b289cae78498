/** The panel that shows our icon on a Linux desktop: whether it is dark. No desktop says so. */

/** Their panels are dark whatever the theme of windows is. */
const darkPanels = /GNOME|Unity|Pantheon|Budgie|Cinnamon/i;

/** @param desktops XDG_CURRENT_DESKTOP, such as `ubuntu:GNOME`. */
export function isPanelDark(desktops: string, systemIsDark: boolean): boolean {
  return systemIsDark || darkPanels.test(desktops);
}
