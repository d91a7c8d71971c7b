import { Type } from 'typebox';
import { NullableString, PageQuery, Time } from './fields.ts';
import { versionFields } from './template-schemas.ts';

const closed = { additionalProperties: false };

/** Up to what PostgreSQL's `integer` holds. */
export const VersionNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

const whole = {
  version: Type.Integer(),
  author: Type.String({ description: 'Who made this version, such as key:0198…' }),
  note: NullableString({ description: 'Why this version was made' }),
  created_at: Time,
  ...versionFields,
};

export const Version = Type.Object(whole, { title: 'TemplateVersion' });

export const VersionDetail = Type.Object(
  {
    ...whole,
    changes: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'JSON pointer, such as /content or /locales/pt/content' }),
          before: Type.Unknown(),
          after: Type.Unknown(),
        }),
        { description: 'What has changed since the version `compare_with`; null stands for nothing' },
      ),
    ),
  },
  { title: 'TemplateVersionDetail' },
);

export const VersionListQuery = Type.Object(PageQuery, { ...closed, title: 'TemplateVersionListQuery' });

export const VersionQuery = Type.Object(
  { compare_with: Type.Optional(VersionNumber) },
  { ...closed, title: 'TemplateVersionQuery' },
);

/** May be left out. */
export const Restore = Type.Unsafe<{ note?: string | null } | null>({
  ...Type.Object({ note: Type.Optional(NullableString({ maxLength: 500 })) }, closed),
  type: ['object', 'null'],
});
