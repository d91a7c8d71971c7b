import type { Database } from '../db/database.ts';
import { findLayout, type LayoutRow } from '../db/layouts.ts';
import { findTemplate, findTemplatesByName, type TemplateRow } from '../db/templates.ts';

/** Finds what templates say now. */
export interface TemplateReader {
  byId(id: string): Promise<TemplateRow | undefined>;
  /** The variants of all channels. */
  byName(name: string): Promise<readonly TemplateRow[]>;
  layout(name: string): Promise<LayoutRow | undefined>;
}

/** Asks the database each time. */
export function readTemplates(db: Database): TemplateReader {
  return {
    byId: (id) => findTemplate(db, id),
    byName: (name) => findTemplatesByName(db, name),
    layout: (name) => findLayout(db, name),
  };
}

/** Asks once for each template and layout, however many messages use it. */
export function readTemplatesOnce(db: Database): TemplateReader {
  const { byId, byName, layout } = readTemplates(db);
  return { byId: once(byId), byName: once(byName), layout: once(layout) };
}

function once<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const value = known.get(key) ?? read(key);
    known.set(key, value);
    return value;
  };
}
