/** Something to know while all else goes on. */
import { CircleAlert, Info } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import './banner.css';

interface BannerProps {
  title: string;
  /** Works all the same: said without alarm. */
  calm?: boolean;
  children: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
}

export function Banner({ title, calm = false, children, actions }: BannerProps): ReactElement {
  const Icon = calm ? Info : CircleAlert;
  return (
    <section className="banner" data-calm={calm} aria-label={title}>
      <Icon size={18} aria-hidden="true" />
      <div className="banner-text">
        <h2>{title}</h2>
        {children}
        {actions !== undefined && <div className="buttons">{actions}</div>}
      </div>
    </section>
  );
}
