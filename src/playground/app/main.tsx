import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './example-tabs';
import { fetcher } from './fetcher';
import { HEADERS_TEMPLATE, rememberHeaders } from './headers';
import { KeyHint } from './key-hint';
import { SharedHeaders } from './shared-headers';

/**
 * The published schema needs no key, so that documentation and completion work before one is entered.
 * Without it (undefined) GraphiQL introspects, with the header editor's key.
 */
async function publishedSchema(): Promise<GraphQLSchema | undefined> {
  try {
    const response = await fetch('/schema.graphql');
    return response.ok ? buildSchema(await response.text()) : undefined;
  } catch (error) {
    console.warn('The published schema cannot be used; introspecting instead.', error);
    return undefined;
  }
}

const schema = await publishedSchema();
const container = document.getElementById('playground');
if (container === null) throw new Error('The page lacks its #playground element.');
createRoot(container).render(
  <GraphiQL
    fetcher={fetcher}
    {...(schema && { schema })}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    defaultTabs={exampleTabs()}
    defaultHeaders={HEADERS_TEMPLATE}
    defaultEditorToolsVisibility="headers"
    // Tabs, history and headers live in sessionStorage: nothing typed here outlives the browser tab.
    storage={sessionStorage}
    shouldPersistHeaders
    showPersistHeadersSettings={false}
    onEditHeaders={rememberHeaders}
  >
    <GraphiQL.Logo>
      Antiphon
      <SharedHeaders />
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <KeyHint />
    </GraphiQL.Footer>
  </GraphiQL>,
);
