import { Context, Drop, type Liquid } from 'liquidjs';
import { RenderError } from './render-error.ts';
import { measureWork } from './work-time.ts';

type Scope = ConstructorParameters<typeof Context>[0];
type Options = Liquid['options'];
type Limits = Pick<Context, 'memoryLimit' | 'renderLimit'>;

/**
 * The variables of one rendering. A null counts as missing, so that it is refused wherever liquidjs refuses a missing
 * variable and is let through where it is lenient (conditions, `default`).
 */
export class StrictContext extends Context {
  /** Tells a null from a missing variable after liquidjs has refused one. */
  lastReadWasNull = false;
  readonly #engine: Liquid;

  constructor(variables: Scope, options: Options, engine: Liquid, limits?: Limits) {
    super(variables, options, { sync: true }, { ...limits, liquid: engine });
    this.#engine = engine;
    if (limits === undefined) this.renderLimit.check = workLimit(options.renderLimit);
  }

  override readProperty(owner: Parameters<Context['readProperty']>[0], key: string | number | Drop): unknown {
    // Drops, such as `forloop`, are exempt from `ownPropertyOnly` and would hand out their prototypes.
    const value = owner instanceof Drop && String(key) in Object.prototype ? undefined : super.readProperty(owner, key);
    this.lastReadWasNull = value === null;
    return value ?? undefined;
  }

  /** Used by filters such as `where`, which read a property of each item and may not fail where an item has none. */
  override spawn(scope: Scope = {}): Context {
    const options = { ...this.opts, strictVariables: false };
    return new StrictContext(scope, options, this.#engine, this);
  }
}

/** liquidjs would hold the clock on the wall against a template, and so refuse any on a machine that is busy. */
function workLimit(milliseconds: number): Context['renderLimit']['check'] {
  const end = performance.now() + milliseconds;
  const workSince = measureWork();
  return (now) => {
    // The clock on the wall is cheaper to read, and never behind.
    if (now <= end || workSince() <= milliseconds) return;
    throw new RenderError('limit_exceeded', 'The template takes too much time.');
  };
}
