/** A bundle as one file: a plain tar archive (POSIX ustar), digested while it is written. */
import { createHash } from 'node:crypto';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../shared/errors.js';
import { bundleFiles, type BundleFile } from './bundle.js';

export interface Archive {
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the whole file, hex. */
  sha256: string;
}

/**
 * Writes a bundle into a new file. The digest is of what was written here, whatever becomes of the file.
 * @throws Failure `bundle-refused`, or the system's error
 */
export async function packBundle(directory: string, path: string): Promise<Archive> {
  const hash = createHash('sha256');
  const target = await open(path, 'wx', 0o644);
  let size = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    size += bytes.length;
    for (let at = 0; at < bytes.length;) at += (await target.write(bytes, at)).bytesWritten;
  };
  try {
    for (const file of bundleFiles(directory)) {
      await write(header(file));
      const source = await open(join(directory, file.path), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        await copy(source, file, write);
      } finally {
        await source.close();
      }
      await write(Buffer.alloc(-file.size & (block - 1)));
    }
    await write(Buffer.alloc(2 * block));
  } finally {
    await target.close();
  }
  return { path, size, sha256: hash.digest('hex') };
}

const block = 512;

async function copy(source: FileHandle, file: BundleFile, write: (bytes: Buffer) => Promise<void>): Promise<void> {
  const buffer = Buffer.alloc(1024 * 1024);
  let left = file.size;
  while (left > 0) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, left));
    if (bytesRead === 0) throw new Failure('bundle-refused', `‘${file.path}’ changed while it was read.`);
    await write(buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
}

function header({ path, size, executable }: BundleFile): Buffer {
  const bytes = Buffer.alloc(block);
  if (path.length > 100) throw new Failure('bundle-refused', `‘${path}’ is too long a name.`);
  const octal = (value: number, at: number, length: number): void => {
    bytes.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  };
  bytes.write(path, 0, 'latin1');
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  // The checksum counts its own field as spaces.
  bytes.write('        0', 148, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return bytes;
}
