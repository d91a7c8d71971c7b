import { ConfigError } from '../config.ts';
import { fileSentence } from './file-sentence.ts';

/** PostgreSQL's own refusals by SQLSTATE (PostgreSQL 18, appendix A). */
const DATABASE_REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refuses the password in DATABASE_URL.',
  '28000': 'PostgreSQL refuses the user in DATABASE_URL.',
  '3D000': 'The database that DATABASE_URL names does not exist: create it first.',
  '42P01': 'The database has no schema yet: run `npm run migrate` first.',
  '42501': 'The user in DATABASE_URL may not do this in the database: give it the rights, or name another user.',
  '53300': 'PostgreSQL has no connection left: raise max_connections, or lower DATABASE_POOL_SIZE.',
};

const NO_NAMESPACE = 'Temporal does not know the namespace: create it, or correct TEMPORAL_NAMESPACE.';

/** Codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
const TEMPORAL_REFUSALS: Readonly<Record<number, string>> = {
  5: NO_NAMESPACE,
  7: 'Temporal refuses the key: correct TEMPORAL_API_KEY or TEMPORAL_NAMESPACE.',
  16: 'Temporal refuses the key: correct TEMPORAL_API_KEY.',
};

const TEMPORAL_AWAY = 'Temporal cannot be reached: start it, or correct TEMPORAL_ADDRESS and TEMPORAL_TLS.';

/** Codes of a connection that could not be made (errno(3), getaddrinfo(3)). */
const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|ENOTFOUND|EAI_AGAIN)$/;

/**
 * One sentence for an error that the set-up of this machine or of the environment has caused, with what to do. Null for
 * any other error. The sentence holds no secret and no personal data.
 */
export function setupSentence(error: unknown): string | null {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return null;
  return ofTemporal(error) ?? ofListening(error) ?? fileSentence(error) ?? ofDatabase(error);
}

function ofTemporal(error: Error): string | null {
  const code = 'code' in error ? error.code : null;
  if (typeof code === 'number' && 'details' in error) return TEMPORAL_REFUSALS[code] ?? TEMPORAL_AWAY;
  // What the SDK has wrapped around an answer of Temporal.
  if (error.name === 'ServiceError' && error.cause instanceof Error) return ofTemporal(error.cause);
  if (error.name === 'NamespaceNotFoundError') return NO_NAMESPACE;
  const isAway = error.name === 'TransportError' || /^Failed to connect before the deadline/.test(error.message);
  return isAway ? TEMPORAL_AWAY : null;
}

function ofListening(error: Error): string | null {
  if (!('syscall' in error && error.syscall === 'listen' && 'port' in error)) return null;
  const address = 'address' in error ? ` on ${String(error.address)}` : '';
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `Port ${String(error.port)}${address} is in use: free it, or set another one (API_PORT, WORKER_PORT, BOUNCE_SMTP_PORT).`;
  }
  return `Port ${String(error.port)}${address} cannot be listened on: set another one, or another API_HOST.`;
}

function ofDatabase(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : '';
  const refusal = DATABASE_REFUSALS[code];
  if (refusal !== undefined) return refusal;
  const isAway =
    UNREACHABLE.test(code) ||
    /^57P/.test(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message);
  if (!isAway) return null;
  const why = /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
  return `PostgreSQL cannot be reached${why}: start it, or correct DATABASE_URL.`;
}
