/** The head of a page: the way back, and where one is. Takes the focus when the page opens, so that its name is read out. */
import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { useAppStore } from '../store/app-store.js';
import { IconButton } from './button.js';
import './page-head.css';

export function PageHead({ title, children }: { title: string; children?: ReactNode }): ReactElement {
  const open = useAppStore((store) => store.open);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    heading.current?.closest('main')?.scrollTo({ top: 0 });
  }, []);
  return (
    <header className="page-head">
      <IconButton
        label="Back"
        onClick={() => {
          open({ kind: 'home' });
        }}
      >
        <ArrowLeft size={19} aria-hidden="true" />
      </IconButton>
      <h1 ref={heading} tabIndex={-1} className="cut">
        <bdi>{title}</bdi>
      </h1>
      {children}
    </header>
  );
}
