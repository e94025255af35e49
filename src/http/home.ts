const LINKS = [
  ['/playground', 'GraphQL playground'],
  ['/graphql', 'GraphQL endpoint'],
  ['/schema.graphql', 'GraphQL schema'],
  ['/openapi.json', 'OpenAPI document of /api/v1'],
  ['/readyz', 'Readiness'],
] as const;

/** The page at `/`: links to everything else that is served. */
export const printHomePage = (isServed: (path: string) => boolean): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Antiphon</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.6 system-ui;margin:4rem auto;max-width:40rem;padding:0 1rem}</style></head>
<body><h1>Antiphon</h1><p>A Responses API server, GraphQL first.</p><ul>
${LINKS.filter(([path]) => isServed(path))
  .map(([path, title]) => `<li><a href="${path}">${title}</a> <code>${path}</code></li>`)
  .join('\n')}
</ul></body></html>
`;
