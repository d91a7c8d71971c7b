import { type RawBuilder, sql } from 'kysely';
import { FACTOR, SHORTEST } from '../domain/duration-buckets.ts';
import { isCharged } from './bills.ts';

/*
 * What messages count for, as rows of their hour, channel, template and status with numbers by name: `accepted`, each
 * status, `cancelled`, `expired`, `delivered` and the like; `time_to_sent:{bucket}` and `time_to_delivered:{bucket}`;
 * `cost:{currency}`, and `estimates:{currency}` for how many amounts in it are not billed yet. All can be added.
 */

/** What rows of measures are told apart by. */
export const DIMENSIONS = sql`hour, channel, template_id, template_name, template_version, status`;

/**
 * What messages count for. A cost counts with the channel that was paid for, even where another one has taken over.
 * @param messages a from clause with the messages as `m`, and the condition that chooses them
 */
export function measuresOf(messages: RawBuilder<unknown>) {
  return sql`
    with chosen as materialized (
      select m.id, date_trunc('hour', m.created_at, 'UTC') as hour, m.channel, m.template_id, m.template_name,
        m.template_version, m.status, m.delivery_status, m.error_code, m.sent_at, m.delivered_at, m.acknowledged_at,
        greatest(m.created_at, m.send_at) as due_at
      from ${messages}
    ), counted as (
      select ${DIMENSIONS}, measure, count(*) as number
      from chosen cross join lateral unnest(array[${namesOfMessage()}]) as measure
      where measure is not null
      group by ${DIMENSIONS}, measure
    ), paid as (
      select c.hour, a.channel, c.template_id, c.template_name, c.template_version, c.status, a.cost_currency as currency,
        sum(a.cost_amount) as amount, count(*) filter (where not a.cost_final) as estimates
      from chosen c join attempts a on a.message_id = c.id
      where a.cost_amount is not null and ${isCharged()}
      group by c.hour, a.channel, c.template_id, c.template_name, c.template_version, c.status, a.cost_currency
    )
    select ${DIMENSIONS}, jsonb_object_agg(measure, number) as measures from (
      select * from counted
      union all select ${DIMENSIONS}, 'cost:' || currency, amount from paid
      union all select ${DIMENSIONS}, 'estimates:' || currency, estimates from paid where estimates > 0
    ) measured group by ${DIMENSIONS}
  `;
}

/**
 * Adds rows of measures up.
 * @param keys columns that tell the sums apart; none for one sum of all
 * @param rows a query that gives the keys and `measures`
 */
export function sumOfMeasures(keys: RawBuilder<unknown> | null, rows: RawBuilder<unknown>) {
  const columns = keys === null ? sql`` : sql`${keys},`;
  return sql`
    select ${columns} jsonb_object_agg(measure, number) as measures from (
      select ${columns} one.key as measure, sum(one.value::numeric) as number
      from (${rows}) rows cross join lateral jsonb_each(rows.measures) one
      group by ${columns} one.key
    ) sums group by ${keys ?? sql`()`} having count(*) > 0
  `;
}

/** What one message counts for, once each; null for what it does not. What was read, or complained about, was delivered. */
function namesOfMessage() {
  return sql`
    'accepted', status,
    case when status = 'failed' and error_code in ('cancelled', 'expired') then error_code end,
    case when delivery_status in ('delivered', 'read', 'complained') then 'delivered' end,
    case when delivery_status in ('read', 'undelivered', 'bounced', 'complained') then delivery_status end,
    case when acknowledged_at is not null then 'acknowledged' end,
    case when sent_at is not null then 'time_to_sent:' || ${bucketUntil(sql`sent_at`)} end,
    case when delivered_at is not null then 'time_to_delivered:' || ${bucketUntil(sql`delivered_at`)} end
  `;
}

function bucketUntil(time: RawBuilder<unknown>) {
  const seconds = sql`greatest(extract(epoch from ${time} - due_at)::float8, ${sql.lit(SHORTEST)}::float8)`;
  return sql`ceil(ln(${seconds}) / ${sql.lit(Math.log(FACTOR))}::float8)::integer`;
}
