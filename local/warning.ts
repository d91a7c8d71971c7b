const LABELS = ['warn', 'error', 'fatal'];

/** Least severe level of pino that counts as a warning. */
const WARN_LEVEL = 40;

/**
 * What a developer at the terminal should see of one line that a service printed: the message of a log entry that is a
 * warning or worse, and everything that is no log entry; null for the rest.
 */
export function warningIn(line: string): string | null {
  const entry = parse(line);
  if (entry === null) return line.trim() === '' ? null : line;
  const { level, msg, err } = entry;
  const isWarning = typeof level === 'number' ? level >= WARN_LEVEL : LABELS.includes(String(level));
  if (!isWarning) return null;
  return [msg, err?.message].filter((text) => typeof text === 'string').join(': ');
}

interface Entry {
  level?: unknown;
  msg?: unknown;
  err?: { message?: unknown };
}

function parse(line: string): Entry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    // A line in braces that is no JSON is shown as it is.
    return null;
  }
}
