/**
 * `node bench/pkarr-store.mjs ADDRESS PORT`: keeps what is PUT under a path and hands it out again, all that rayfish
 * needs of a lookup server. Lives for one measurement.
 */
import { createServer } from 'node:http';

const [address, port] = process.argv.slice(2);

/** @type {Map<string, Buffer>} */
const records = new Map();

createServer((request, response) => {
  const path = request.url ?? '';
  if (request.method === 'PUT') {
    /** @type {Buffer[]} */
    const parts = [];
    request.on('data', (/** @type {Buffer} */ part) => parts.push(part));
    request.on('end', () => {
      records.set(path, Buffer.concat(parts));
      response.writeHead(204).end();
    });
    return;
  }
  const record = records.get(path);
  response.writeHead(record === undefined ? 404 : 200, { 'content-type': 'application/pkarr.org/relays#payload' });
  response.end(record);
}).listen(Number(port), address);
