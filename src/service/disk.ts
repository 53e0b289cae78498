/** Disks that cannot take what is to be installed, in words. */
import { Failure } from '../shared/errors.js';

const troubles: Record<string, string> = {
  ENOSPC: 'is full',
  EDQUOT: 'is full, as far as you may use it',
  EROFS: 'is read-only',
};

/** The failure to report where writing below a directory did: a sentence if its disk is to blame, else what it was. */
export function diskFailure(error: unknown, directory: string): unknown {
  const trouble = error instanceof Error && 'code' in error ? troubles[String(error.code)] : undefined;
  if (trouble === undefined) return error;
  return new Failure('service-failed', `Nothing was installed: the disk that holds ${directory} ${trouble}.`, {
    cause: error,
  });
}
