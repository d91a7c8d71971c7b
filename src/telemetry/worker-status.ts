import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

/**
 * Serves a worker's `/health/ready` and `/metrics`, for the supervisor and Prometheus: it listens only once the worker
 * can work. Bound to every interface, because probes come from outside the container; it tells counts only.
 */
export async function serveWorkerStatus(port: number, registry: Registry): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url === '/health/ready') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return;
    }
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
      return;
    }
    response.writeHead(404).end();
  });
  server.listen(port);
  await once(server, 'listening');
  return {
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
