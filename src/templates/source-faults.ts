import { checkSource, type SourceCheck } from './check.ts';

/** Something that is wrong with a template, or in a warning, that may be. */
export interface TemplateFault {
  /** JSON pointer (RFC 6901) from the template. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** Mistakes in the Liquid of a source, with their place in the sentence. */
export function sourceFaults(source: string, pointer: string): TemplateFault[] {
  return liquidFaults(checkSource(source), pointer);
}

/** The same, of a source that was checked already. */
export function liquidFaults({ faults }: SourceCheck, pointer: string): TemplateFault[] {
  return faults.map(({ message, line, column }) => ({
    pointer,
    code: 'invalid_liquid',
    message: `${message} (line ${line}, column ${column})`,
  }));
}
