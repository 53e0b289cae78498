/** Who this is, and the way to everything that is not the everyday. */
import { Activity, BookOpen, Bug, Ellipsis, Power, Settings } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import type { ProjectPage } from '../../shared/app-contract.js';
import { useAppStore } from '../store/app-store.js';
import { act } from '../store/bridge.js';
import { useApp } from '../store/hooks.js';
import { IconButton } from './button.js';
import { RayMark } from './ray-mark.js';
import './menu.css';
import './top-bar.css';

const pageItems: Record<ProjectPage, { icon: ReactElement; label: string }> = {
  documentation: { icon: <BookOpen size={16} aria-hidden="true" />, label: 'Documentation' },
  'report-problem': { icon: <Bug size={16} aria-hidden="true" />, label: 'Report a problem' },
};

export function TopBar(): ReactElement {
  const open = useAppStore((store) => store.open);
  const showDialog = useAppStore((store) => store.showDialog);
  const settings = useAppStore(({ view }) => view.kind === 'settings');
  const { pages } = useApp();
  return (
    <header className="top-bar">
      <span className="brand">
        <RayMark size={22} />
        Rayfish
      </span>
      <IconButton
        id="open-settings"
        label="Settings"
        aria-current={settings ? 'page' : undefined}
        onClick={() => {
          open({ kind: 'settings' });
        }}
      >
        <Settings size={18} aria-hidden="true" />
      </IconButton>
      {/* Not modal: locking the page's scrolling would need a style element, which the page's policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" id="open-menu" className="icon-button" aria-label="More">
            <Ellipsis size={18} aria-hidden="true" />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
            <Item
              icon={<Activity size={16} aria-hidden="true" />}
              onSelect={() => {
                open({ kind: 'diagnostics' });
              }}
            >
              Diagnostics
            </Item>
            {pages.map((page) => (
              <Item key={page} icon={pageItems[page].icon} onSelect={() => void act('open-page', { page })}>
                {pageItems[page].label}
              </Item>
            ))}
            <DropdownMenu.Separator className="menu-line" />
            <Item
              icon={<Power size={16} aria-hidden="true" />}
              onSelect={() => {
                showDialog('quit');
              }}
            >
              Quit…
            </Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </header>
  );
}

function Item({ icon, onSelect, children }: { icon: ReactNode; onSelect: () => void; children: string }): ReactElement {
  return (
    <DropdownMenu.Item className="menu-item" onSelect={onSelect}>
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}
