import { type Static, Type } from 'typebox';
import { contentOf, type SavedTemplate as SavedTemplateView, type TemplateView } from '../service/templates.ts';
import { entityTag } from './entity-tag.ts';
import { type SavedTemplate, type Template, versionFields } from './template-schemas.ts';
import { warningsJson } from './warnings.ts';

const VersionContent = Type.Object(versionFields);

export function templateJson(template: TemplateView): Static<typeof Template> {
  const { version_id: _, approval, created_at, updated_at, ...same } = template;
  return {
    ...same,
    ...versionJson(template),
    policy: template.policy as Static<typeof Template>['policy'],
    approval: approval && { ...approval, checked_at: new Date(approval.checked_at).toISOString() },
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

export function savedTemplateJson({ template, warnings }: SavedTemplateView): Static<typeof SavedTemplate> {
  return { ...templateJson(template), warnings: warningsJson(warnings) };
}

/** What a version of a template fixes, as the contract has it. */
export function versionJson(version: Parameters<typeof contentOf>[0]): Static<typeof VersionContent> {
  return contentOf(version) as Static<typeof VersionContent>;
}

export function templateTag(template: TemplateView): string {
  return entityTag(template.id, template.version, template.updated_at);
}
