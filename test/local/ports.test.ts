import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { choosePorts, freePort, replaceTakenPorts } from '../../local/ports.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('a port that its variable sets is used', async () => {
  const port = await freePort();
  const ports = await choosePorts({}, { API_PORT: String(port) });
  expect(ports.api).toBe(port);
});

test('a port that its variable sets and somebody else uses is named together with the variable', async () => {
  const port = await occupiedPort();
  await expect(choosePorts({}, { LOCAL_SMTP_PORT: String(port) })).rejects.toThrow(
    `Port ${port}, set by LOCAL_SMTP_PORT, is in use`,
  );
});

test('the same port for two parts is refused', async () => {
  const port = String(await freePort());
  await expect(choosePorts({}, { API_PORT: port, WORKER_PORT: port })).rejects.toThrow('set by WORKER_PORT, is in use');
});

test.each(['abc', '-1', '65536', '80.5'])('%s is not taken for a port', async (text) => {
  await expect(choosePorts({}, { WORKER_PORT: text })).rejects.toThrow(`WORKER_PORT=${text} is not a port.`);
});

test.each(['', '0'])('a variable that is "%s" leaves the choice to us', async (text) => {
  const ports = await choosePorts({}, { API_PORT: text });
  expect(ports.api).toBeGreaterThan(0);
});

test('a part whose usual port is taken has the port of last time', async () => {
  await occupy(8090);
  const port = await freePort();
  const ports = await choosePorts({ sandbox: port }, {});
  expect(ports.sandbox).toBe(port);
});

test('a part whose usual port and port of last time are taken has a free one', async () => {
  await occupy(8090);
  const taken = await occupiedPort();
  const ports = await choosePorts({ sandbox: taken }, {});
  expect([8090, taken]).not.toContain(ports.sandbox);
});

test('no two parts have the same port', async () => {
  const ports = Object.values(await choosePorts({}, {}));
  expect(new Set(ports).size).toBe(ports.length);
});

async function occupiedPort(): Promise<number> {
  const port = await freePort();
  await occupy(port);
  return port;
}

/** Listens on a port, or leaves it to whoever listens there already. */
function occupy(port: number): Promise<void> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve());
    server.listen(port, '127.0.0.1', () => {
      servers.push(server);
      resolve();
    });
  });
}

test('ports that are still free are kept', async () => {
  const ports = await choosePorts({}, {});
  const before = { ...ports };
  expect(await replaceTakenPorts(ports, ['api', 'worker'], {})).toEqual([]);
  expect(ports).toEqual(before);
});

test('a port that somebody took after it was chosen is replaced', async () => {
  const ports = await choosePorts({}, {});
  ports.smtp = await occupiedPort();
  const taken = ports.smtp;
  expect(await replaceTakenPorts(ports, ['sandbox', 'smtp'], {})).toEqual(['smtp']);
  expect(ports.smtp).not.toBe(taken);
});

test('a port that its variable sets is not replaced by another one', async () => {
  const ports = await choosePorts({}, {});
  ports.api = await occupiedPort();
  const refused = replaceTakenPorts(ports, ['api'], { API_PORT: String(ports.api) });
  await expect(refused).rejects.toThrow(`Port ${ports.api}, set by API_PORT, is in use`);
});

test('a port that is let go right away is kept', async () => {
  const ports = await choosePorts({}, {});
  ports.api = await occupiedPort();
  const before = ports.api;
  setImmediate(() => servers.at(-1)?.close());
  expect(await replaceTakenPorts(ports, ['api'], {})).toEqual([]);
  expect(ports.api).toBe(before);
});
