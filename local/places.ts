import { join } from 'node:path';

/** The folders and files of one checkout's local stack, all below its ignored folder `.local`. */
export interface Places {
  root: string;
  local: string;
  logs: string;
  /** What is running now. */
  run: string;
  /** Programs that were installed on first use. */
  tools: string;
  postgres: string;
  temporalDatabase: string;
  /** How other programs of the checkout reach the running stack. */
  environmentFile: string;
  /** What api and worker run with, for the other programs of the service. */
  serviceEnvironmentFile: string;
}

export function placesOf(root: string): Places {
  const local = join(root, '.local');
  return {
    root,
    local,
    logs: join(local, 'logs'),
    run: join(local, 'run'),
    tools: join(local, 'python'),
    postgres: join(local, 'postgres'),
    temporalDatabase: join(local, 'temporal', 'temporal.db'),
    environmentFile: join(local, 'local.env'),
    serviceEnvironmentFile: join(local, 'service.env'),
  };
}
