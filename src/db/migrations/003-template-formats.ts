import { type Kysely, sql } from 'kysely';

/** Formats, languages and layouts of templates, and the layout that is fixed for a message. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `alter table templates add column category text not null default 'transactional'`,
  `alter table template_versions
    add column format text not null default 'text',
    add column layout text,
    add column sms jsonb not null default '{}',
    add column whatsapp jsonb,
    add column locales jsonb not null default '{}',
    add column note text`,
  `create table layouts (
    id uuid primary key,
    name text not null unique,
    version integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `create table layout_versions (
    id uuid primary key,
    layout_id uuid not null references layouts (id) on delete cascade,
    version integer not null,
    html text not null,
    author text not null,
    created_at timestamptz not null default now(),
    unique (layout_id, version)
  )`,
  `alter table messages
    add column layout_version_id uuid references layout_versions (id),
    add column category text not null default 'transactional'`,
];
