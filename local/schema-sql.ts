import pg from 'pg';

/**
 * The schema of a database as SQL that makes it again: tables, checks, keys and indexes, ordered by name so that the
 * same schema always gives the same text. The migrator's own tables are left out.
 */
export async function schemaSql(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const sections: string[] = [];
    for (const query of [TABLES, CONSTRAINTS, INDEXES]) {
      const { rows } = await client.query<{ statement: string }>(query);
      sections.push(...rows.map(({ statement }) => `${statement};\n`));
    }
    return sections.join('\n');
  } finally {
    await client.end();
  }
}

const IS_OURS = `t.relnamespace = 'public'::regnamespace and t.relname not like 'kysely\\_%'`;

const TABLES = `
  select format(E'create table %I (\\n  %s\\n)%s', t.relname,
    string_agg(
      format('%I %s', c.attname, format_type(c.atttypid, c.atttypmod))
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        || case when c.attnotnull then ' not null' else '' end,
      E',\\n  ' order by c.attnum),
    ' with (' || array_to_string(t.reloptions, ', ') || ')') as statement
  from pg_class t
  join pg_attribute c on c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = c.attnum
  where t.relkind = 'r' and ${IS_OURS}
  group by t.oid, t.relname, t.reloptions
  order by t.relname`;

/** Foreign keys come last: they need the unique key that they point to. Not-null constraints stand in their columns. */
const CONSTRAINTS = `
  select format('alter table %I add constraint %I %s', t.relname, k.conname, pg_get_constraintdef(k.oid)) as statement
  from pg_constraint k
  join pg_class t on t.oid = k.conrelid
  where k.contype in ('c', 'p', 'u', 'f') and ${IS_OURS}
  order by k.contype = 'f', t.relname, k.conname`;

const INDEXES = `
  select pg_get_indexdef(i.indexrelid) as statement
  from pg_index i
  join pg_class t on t.oid = i.indrelid
  join pg_class n on n.oid = i.indexrelid
  where ${IS_OURS} and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
  order by t.relname, n.relname`;
