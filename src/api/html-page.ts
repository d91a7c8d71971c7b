import { createHash } from 'node:crypto';

/** What the public pages look like. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 3rem 1.25rem; max-width: 34rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }`;

/**
 * The headers of a page on which nothing loads and nothing runs.
 * @param style the only one that the page may have
 * @param formAction where its forms may post to, as Content-Security-Policy has it
 */
export function pageHeaders(style: string, { formAction }: { formAction: "'self'" | "'none'" }) {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  };
}

/** A page; what it is given is HTML already. */
export function htmlPage({ title, style, main }: { title: string; style: string; main: string }): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`;
}
