import { type Static, type TSchema, Type } from 'typebox';
import { TEMPLATE_DEFAULTS } from '../domain/template-content.ts';
import type { FileShapes } from '../service/parse-template-files.ts';
import type { Fault } from '../service/service-error.ts';
import type { TemplateInput } from '../service/templates.ts';
import { valueFault } from './json-body.ts';
import { schemaFaults } from './schema-faults.ts';
import type { SizedSchema } from './size-limits.ts';
import { LayoutChange, NewTemplate, type TemplateChange } from './template-schemas.ts';
import { compileBounded, createValidator } from './validation.ts';

/** What a template in a file may say: all of a new template but its note, which is about the import. */
const TemplateInFile = Type.Omit(NewTemplate, ['note'], { additionalProperties: false });

/** The input that a body of the right shape stands for; what it leaves out is as in the defaults. */
export function toContent(body: Static<typeof TemplateChange>): Omit<TemplateInput, 'channel'> {
  const { name, content, subject, html, format, layout, sms, whatsapp, locales, variables, ...rest } = {
    ...TEMPLATE_DEFAULTS,
    ...body,
  };
  const { category, retention, policy, is_active: isActive, note = null } = rest;
  const words = { content, subject, html, format, layout, sms, whatsapp, locales, variables };
  return { name, ...words, category, retention, policy, isActive, note };
}

/** What can be read of a body some of whose values are not as described. */
export function toSoundTemplate(body: Partial<Static<typeof TemplateChange>>) {
  return { ...toContent({ name: '', content: '', ...body }), channel: body.channel ?? null };
}

/** Reads what files say as the API reads a body, so that both take the same and name faults alike. */
export function createFileShapes(): FileShapes {
  const templateFaults = shapeCheck(TemplateInFile);
  const layoutFaults = shapeCheck(LayoutChange);
  return {
    template(fields, note) {
      const faults = templateFaults(fields);
      if (faults.length > 0) return { faults };
      const body = fields as Static<typeof TemplateInFile>;
      return { faults, input: { ...toContent({ ...body, note }), channel: body.channel } };
    },
    layoutFaults: (html) => layoutFaults({ html }),
  };
}

function shapeCheck(schema: TSchema): (value: unknown) => Fault[] {
  const validate = compileBounded(createValidator(false), schema as SizedSchema);
  return (value) => {
    const fault = valueFault(value);
    if (fault !== null) return [fault];
    return validate(value) ? [] : schemaFaults(validate.errors ?? []);
  };
}
