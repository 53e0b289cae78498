/** Reads the QR code in a picture; the reader is loaded when one is needed. */

export type QrReading = { kind: 'text'; text: string } | { kind: 'fault'; message: string };

const maxBytes = 20_000_000;
/** Enough for any QR code, and bounded for any picture. In pixels. */
const maxSide = 1600;

export async function readQrImage(file: File): Promise<QrReading> {
  if (!file.type.startsWith('image/')) return fault('This file is not a picture. Use one that shows a QR code.');
  if (file.size > maxBytes) return fault('This picture is too large. A screenshot of the QR code is enough.');
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return fault('This picture cannot be read. A screenshot of the QR code works best.');
  const pixels = pixelsOf(bitmap);
  const { default: jsQr } = await import('jsqr');
  const code = pixels === null ? null : jsQr(pixels.data, pixels.width, pixels.height);
  if (code === null) return fault('There is no readable QR code in this picture. Is all of it in view, and sharp?');
  return { kind: 'text', text: code.data };
}

function pixelsOf(bitmap: ImageBitmap): ImageData | null {
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context?.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context?.getImageData(0, 0, width, height) ?? null;
}

function fault(message: string): QrReading {
  return { kind: 'fault', message };
}
